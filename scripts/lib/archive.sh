# shellcheck shell=bash
# An archive of what Java finds out about the gateway's classes as it starts: read, checked and linked once, not each time.
# Sourced by scripts, after java.sh.

# archive_flags VERSION HOME JAR FLAG...: prints the flags that use the archive of this Java and jar, one a line, and makes
# it first when there is none. FLAG... are those that the gateway runs with. Without an archive, or with one that does not
# fit, Java starts as it would anyway and says nothing about it.
archive_flags() {
  local version=$1 home=$2 jar=$3 archive build
  shift 3
  build=$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$home/release" 2>/dev/null) || true
  archive=${jar%.jar}-${build:-$version}.archive
  if [[ ! $archive -nt $jar ]]; then
    if [[ ! -w ${jar%/*} ]]; then return; fi
    echo "hibiki: preparing quicker starts, once ..." >&2
    # What could not be made stays empty, so that it is not tried each time.
    make_archive "$version" "$home" "$jar" "$archive.$$" "$@" || : >"$archive.$$"
    mv -f "$archive.$$" "$archive"
  fi
  if [[ ! -s $archive ]]; then return; fi
  if ((version >= 25)); then
    printf '%s\n' "-XX:AOTCache=$archive" -Xlog:aot*=off
  else
    printf '%s\n' "-XX:SharedArchiveFile=$archive" -Xlog:cds*=off
  fi
}

# make_archive VERSION HOME JAR ARCHIVE FLAG...: runs the gateway until it has tried to reach a Redis and answered a request.
make_archive() {
  local version=$1 home=$2 jar=$3 archive=$4 record output pid line admin=
  shift 4
  record=-XX:ArchiveClassesAtExit=$archive
  if ((version >= 25)); then record=-XX:AOTCacheOutput=$archive; fi
  exec {output}< <(
    unset "${!HIBIKI_@}"
    exec "$home/bin/java" "$@" "$record" -jar "$jar" \
      --host 127.0.0.1 --port 0 --admin-port 0 --redis redis://127.0.0.1:1 2>&1
  )
  pid=$!
  while IFS= read -r -t 30 line <&"$output"; do
    if [[ $line =~ admin:\ http://[^/]*:([0-9]+)/ ]]; then admin=${BASH_REMATCH[1]}; fi
    if [[ $line == *'Lost Redis'* ]]; then
      visit "$admin" || true
      kill "$pid"
    fi
  done
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  exec {output}<&-
  [[ -s $archive ]]
}

# Asks the admin port of this machine one thing.
visit() {
  local connection line
  exec {connection}<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&"$connection"
  while IFS= read -r -t 5 line <&"$connection"; do :; done
  exec {connection}<&-
}
