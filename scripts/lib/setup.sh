# shellcheck shell=bash
# Installs missing tools on this machine or prints the command for it. Sourced by scripts, after java.sh.

# require_tools NAME TOOL...: installs each missing TOOL ("java", "jdk" or "maven") or ends the script NAME.
require_tools() {
  local name=$1 tool problem command missing=()
  shift
  for tool; do
    has_tool "$tool" || missing+=("$tool")
  done
  if ((${#missing[@]} == 0)); then return; fi
  problem="$name: this machine has $(describe "${missing[@]}")"
  if may_install; then
    printf '%s; installing with apt-get ...\n' "$problem" >&2
    if install_tools "${missing[@]}"; then return; fi
    printf '%s: apt-get could not install what is missing\n' "$name" >&2
  elif command=$(install_command "${missing[@]}"); then
    printf '%s; install with: %s\n' "$problem" "$command" >&2
  else
    printf '%s; install what is missing, and put it on the PATH\n' "$problem" >&2
  fi
  exit 1
}

# require_java NAME: prints "VERSION HOME" of the newest Java, and installs one first if there is none.
require_java() {
  newest_java "$1" 2>/dev/null || {
    require_tools "$1" java
    newest_java "$1"
  }
}

has_tool() {
  case $1 in
    java) [[ -n $(java_homes) ]] ;;
    jdk) [[ -n $(default_jdk) ]] ;;
    maven) command -v mvn >/dev/null ;;
  esac
}

describe() {
  local tool words=
  for tool; do
    case $tool in
      java) words+=' and no Java (17 or newer)' ;;
      jdk) words+=' and no JDK (17 or newer)' ;;
      maven) words+=' and no Maven (mvn)' ;;
    esac
  done
  printf '%s' "${words# and }"
}

# may_install: whether this user may install packages with apt-get and without a password.
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

# apt_get ARGUMENT...: shows the output of apt-get only if it fails. It waits for the lock, which updates of a new machine may hold.
apt_get() {
  local output
  output=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@" 2>&1 </dev/null) || {
    printf '%s\n' "$output" >&2
    return 1
  }
}

# apt_install PACKAGE...
apt_install() {
  apt_get install -y --no-install-recommends "$@"
}

install_tools() {
  local packages tool
  apt_get update || true # The existing package lists may suffice.
  packages=$(package_names "$(apt_jdk)" "$@")
  # shellcheck disable=SC2086 # package names
  apt_install $packages || return 1
  for tool; do
    has_tool "$tool" || return 1
  done
}

# Prints the newest JDK with long-term support that apt offers. Before the first apt-get update, apt offers none.
apt_jdk() {
  local version
  for version in 25 21 17; do
    if [[ -n $(apt-cache show "openjdk-$version-jdk-headless" 2>/dev/null) ]]; then
      printf 'openjdk-%s-jdk-headless' "$version"
      return
    fi
  done
  printf 'default-jdk-headless'
}

# package_names JDK TOOL...: prints the packages of the tools. JDK is the system's package of a JDK; Maven has one name everywhere.
package_names() {
  local jdk=$1 tool names=
  shift
  for tool; do
    case $tool in
      maven) names+=' maven' ;;
      *) names+=" $jdk" ;;
    esac
  done
  printf '%s' "${names# }"
}

# install_command TOOL...: prints the command that installs these tools on this system. Fails on an unknown system.
install_command() {
  case $(package_manager) in
    apt-get) root_command "apt-get update" "apt-get install $(package_names "$(apt_jdk)" "$@")" ;;
    # Not 21, which Fedora 45 no longer has.
    dnf) root_command "dnf install $(package_names java-25-openjdk-devel "$@")" ;;
    zypper) root_command "zypper install $(package_names java-21-openjdk-devel "$@")" ;;
    pacman) root_command "pacman -S $(package_names jdk21-openjdk "$@")" ;;
    apk) root_command "apk add $(package_names openjdk21 "$@")" ;;
    # Not openjdk, because macOS does not find the one of brew.
    brew) printf 'brew install %s' "$(package_names temurin@21 "$@")" ;;
    *) return 1 ;;
  esac
}

package_manager() {
  local manager
  for manager in apt-get dnf zypper pacman apk brew; do
    if command -v "$manager" >/dev/null; then
      printf '%s' "$manager"
      return
    fi
  done
}

# root_command COMMAND...: prints one line that runs these commands as root for this user.
root_command() {
  local sudo='' command line=''
  if [[ $(id -u) != 0 ]] && command -v sudo >/dev/null; then sudo='sudo '; fi
  for command; do line+=" && $sudo$command"; done
  line=${line# && }
  if [[ $(id -u) == 0 || -n $sudo ]]; then
    printf '%s' "$line"
  else
    printf "su -c '%s'" "$line"
  fi
}
