# shellcheck shell=bash
# Installing what is missing on this machine, or saying how to. Sourced by scripts, after java.sh.

# The newest JDK of these that apt has is installed.
jdk_packages='openjdk-25-jdk-headless openjdk-21-jdk-headless openjdk-17-jdk-headless'

# may_install: whether this user may install packages with apt-get without being asked for a password.
may_install() {
  command -v apt-get >/dev/null && as_root true 2>/dev/null
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

# apt_install PACKAGE...: prints nothing but errors.
apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# require_tools NAME TOOL...: has each TOOL, "java", "jdk" or "maven", on this machine, or ends the script. NAME is the script's.
require_tools() {
  local name=$1 tool missing=()
  shift
  for tool; do
    has_tool "$tool" || missing+=("$tool")
  done
  if ((${#missing[@]} == 0)); then return; fi
  if may_install; then
    install_tools "$name" "${missing[@]}"
  else
    printf '%s: this machine has no %s; install it with: %s\n' \
      "$name" "$(describe "${missing[@]}")" "$(install_command "${missing[@]}")" >&2
    exit 1
  fi
}

has_tool() {
  case $1 in
    java) [[ -n $(java_homes) ]] ;;
    jdk) [[ -n $(default_jdk) ]] ;;
    maven) command -v mvn >/dev/null ;;
  esac
}

describe() {
  local tool words=()
  for tool; do
    case $tool in
      maven) words+=('Maven (mvn)') ;;
      *) words+=('JDK (17 or newer)') ;;
    esac
  done
  printf '%s' "${words[0]}${words[1]:+ and no ${words[1]}}"
}

install_tools() {
  local name=$1 packages tool
  shift
  printf '%s: this machine has no %s; installing it with apt-get ...\n' "$name" "$(describe "$@")" >&2
  as_root apt-get update -qq || true # The lists that are there may do.
  packages=$(apt_packages "$@")
  # shellcheck disable=SC2086 # package names
  apt_install $packages || true
  hash -r
  for tool; do
    has_tool "$tool" || {
      printf '%s: apt-get could not install %s\n' "$name" "$packages" >&2
      exit 1
    }
  done
}

apt_packages() {
  local tool package packages=()
  for tool; do
    if [[ $tool == maven ]]; then
      packages+=(maven)
    else
      for package in $jdk_packages; do
        if apt-cache show "$package" >/dev/null 2>&1; then break; fi
      done
      packages+=("$package")
    fi
  done
  printf '%s' "${packages[*]}"
}

# The command that installs these on this system.
install_command() {
  local tool manager command jdk maven packages=()
  while read -r manager command jdk maven; do
    if command -v "$manager" >/dev/null; then break; fi
  done <<'END'
apt-get sudo_apt-get_install openjdk-17-jdk-headless maven
dnf sudo_dnf_install java-21-openjdk-devel maven
zypper sudo_zypper_install java-21-openjdk-devel maven
pacman sudo_pacman_-S jdk-openjdk maven
apk sudo_apk_add openjdk21 maven
brew brew_install openjdk maven
END
  if ! command -v "$manager" >/dev/null; then
    printf 'the packages of this system'
    return
  fi
  if [[ $manager == apt-get ]]; then jdk=$(apt_packages jdk); fi
  for tool; do
    if [[ $tool == maven ]]; then packages+=("$maven"); else packages+=("$jdk"); fi
  done
  printf '%s' "${command//_/ } ${packages[*]}"
}
