# shellcheck shell=bash
# The programs that tests need, as Debian names them. Sourced by scripts/check, after setup.sh.

# package, then the fixture by which a test uses it
components='
redis-server RedisKind.PATH
haproxy HaproxyFixture
nginx-light NginxFixture
chromium BrowserFixture
chromium-driver BrowserFixture
shellcheck SHELLCHECK
systemd SYSTEMD_ANALYZE
apt APT_GET
php-cli PhpScript
php-redis PhpScript
'

# has_component PACKAGE: whether the program or extension of the package is there, whatever its origin.
has_component() {
  case $1 in
    nginx-light) has_program nginx ;;
    chromium-driver) has_program chromedriver ;;
    systemd) has_program systemd-analyze ;;
    apt) has_program apt-get ;;
    php-cli) has_program php ;;
    php-redis) has_program php && php -r 'exit(extension_loaded("redis") ? 0 : 1);' ;;
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
  local missing
  missing=$(missing_components | cut -d' ' -f1)
  if [[ -z $missing ]] || ! may_install; then return; fi
  printf 'Installing with apt-get: %s\n' "${missing//$'\n'/ }"
  apt_get update || true
  # shellcheck disable=SC2086 # package names
  apt_install $missing || true
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
