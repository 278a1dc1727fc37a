# shellcheck shell=bash
# Checks the Docker engine that can run Redis for tests. Sourced by scripts/check.

# Ends the script with instructions when no engine answers or the engine has no image of Redis.
require_docker() {
  local image=${HIBIKI_TEST_REDIS_IMAGE:-} missing
  if [[ -z $image ]]; then
    image=$(sed -n 's/.* DEFAULT_IMAGE = "\(.*\)";/\1/p' testing/src/main/java/dev/hibiki/testing/DockerEngine.java)
  fi
  if ! docker version >/dev/null 2>&1; then
    missing='no Docker engine answers'
  elif ! docker image inspect "$image" >/dev/null 2>&1; then
    missing="the Docker engine has no image $image"
  else
    return 0
  fi
  cat >&2 <<END
scripts/check: $missing.

With a registry, install Docker and run: docker pull $image
Without one, make the image from the redis-server of this machine, as root. On Debian or Ubuntu:

  apt-get install -y docker.io redis-server
  (docker version || dockerd --storage-driver vfs) >/tmp/dockerd.log 2>&1 &
  timeout 60 sh -c 'until docker version; do :; done' >/dev/null 2>&1 || tail /tmp/dockerd.log
  tar -ch /usr/bin/redis-server \$(ldd /usr/bin/redis-server | grep -o '/[^ ]*') | docker import - $image
END
  exit 1
}
