# shellcheck shell=bash
# The archive of the gateway's classes for quicker starts: Java reads, checks and links them once and not at each start.
# Sourced by scripts and by the Debian package, after java.sh.

# archive_flags VERSION HOME JAR FLAG...: prints the flags that use the archive of this Java and jar, one per line, and makes
# the archive first if it is missing. FLAG... are the gateway's flags. Without a suitable archive Java starts as usual and
# prints no warning.
archive_flags() {
  local version=$1 home=$2 jar=$3 archive build
  shift 3
  build=$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$home/release" 2>/dev/null) || true
  archive=${jar%.jar}-${build:-$version}.archive
  if [[ ! $archive -nt $jar ]]; then
    if [[ ! -w ${jar%/*} ]]; then return; fi
    # Two Javas at once make it, which takes minutes where there is room for one.
    if (($(memory_mebibytes) < 768)); then return; fi
    remove_unfinished "${jar%.jar}"
    echo "hibiki: preparing quicker starts, once, in about half a minute ..." >&2
    # A failure leaves an empty archive, so that it is not tried at each start.
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

# remove_unfinished JAR_WITHOUT_SUFFIX: deletes what starts have left that were interrupted. Their process is in the name.
remove_unfinished() {
  local file
  for file in "$1"-*.archive.*; do
    if [[ -e $file && ! -e /proc/${file##*.} ]]; then rm -f "$file"; fi
  done
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
    if [[ $line == *'No connection yet to Redis'* ]]; then
      visit "$admin" || true
      kill "$pid"
    fi
  done
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  exec {output}<&-
  [[ -s $archive ]]
}

# visit PORT: sends one request to the admin port of the gateway on this machine.
visit() {
  local connection line
  exec {connection}<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&"$connection"
  while IFS= read -r -t 5 line <&"$connection"; do :; done
  exec {connection}<&-
}

# prepare_starts DIRECTORY: makes the archive for the jar there and the Java that will run it; without one a start takes longer.
prepare_starts() {
  local newest flags archive
  if ! newest=$(newest_java hibiki); then return; fi
  mapfile -t flags < <(gateway_flags "${newest%% *}")
  # Those of an older jar, and what could not be made or finished. A gateway that runs goes on with the file that it has open.
  find "$1" -name 'hibiki-*.archive*' \( -empty -o -name '*.archive.*' -o ! -newer "$1/hibiki.jar" \) -delete
  archive_flags "${newest%% *}" "${newest#* }" "$1/hibiki.jar" "${flags[@]}" >/dev/null
  for archive in "$1"/hibiki-*.archive; do
    if [[ ! -e $archive ]]; then continue; fi
    chmod 0644 "$archive"
    if [[ -s $archive ]]; then echo "$archive"; fi
  done
}
