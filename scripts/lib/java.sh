# shellcheck shell=bash
# Finds the Java installations of this machine, and the flags of the gateway for them. Sourced by scripts and by tests.

# Prints "VERSION HOME" for every Java of 17 or newer in $JAVA_HOME, on the PATH or in /usr/lib/jvm, newest first.
java_homes() {
  local home version seen=' '
  {
    printf '%s\n' "${JAVA_HOME:-}" "$(path_java_home)" /usr/lib/jvm/*
  } | while IFS= read -r home; do
    [[ -n $home && -x $home/bin/java ]] || continue
    home=$(readlink -f "$home")
    [[ $seen != *" $home "* ]] || continue
    seen+="$home "
    version=$(java_version "$home")
    if [[ -n $version && $version -ge 17 ]]; then printf '%s %s\n' "$version" "$home"; fi
  done | sort -s -k1,1nr
}

# Gives Java a locale with UTF-8 where there is none, as in a container: it reads file names by the locale.
use_utf8() {
  if [[ -z ${LC_ALL:-}${LC_CTYPE:-}${LANG:-} ]]; then export LANG=C.UTF-8; fi
}

# Prints the feature version (17, 25) of the Java in this home.
java_version() {
  local version
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null) || true
  if [[ -z $version ]]; then
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
  fi
  printf '%s\n' "$version"
}

# newest_java NAME: prints "VERSION HOME" of the newest Java, or ends the script.
newest_java() {
  local newest
  newest=$(java_homes)
  if [[ -z $newest ]]; then
    # shellcheck disable=SC2016
    echo "$1: "'no Java 17 or newer in $JAVA_HOME, on the PATH or in /usr/lib/jvm' >&2
    return 1
  fi
  printf '%s\n' "${newest%%$'\n'*}"
}

# memory_mebibytes: prints what this process may use: the memory of the machine, or the limit of one of its control groups where
# that is lower (cgroups, versions 1 and 2), as systemd and containers set it.
memory_mebibytes() {
  local least kind path directory file bytes
  least=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo) / 1024))
  while IFS=: read -r _ kind path; do
    case ,$kind, in
      ,,) directory=/sys/fs/cgroup file=memory.max ;;
      *,memory,*) directory=/sys/fs/cgroup/memory file=memory.limit_in_bytes ;;
      *) continue ;;
    esac
    # Up to the top: a group above may have the lower limit, and in a container the path may be that of the host.
    while true; do
      bytes=$(cat "$directory$path/$file" 2>/dev/null) || bytes=
      if [[ $bytes =~ ^[0-9]+$ ]] && ((bytes / 1048576 < least)); then least=$((bytes / 1048576)); fi
      if [[ -z ${path%/} ]]; then break; fi
      path=${path%/*}
    done
  done </proc/self/cgroup
  printf '%d\n' "$least"
}

# memory_flags MEBIBYTES: prints the flags for a machine or container with so much memory, one per line.
memory_flags() {
  # The heap holds sessions, about 1.4 KB each. Events are outside of it: --log-memory-bytes, half of the direct memory. Where
  # memory is short, 160 MiB are for Java itself, and as much as for direct memory for the sockets in the kernel and for others.
  local heap=$(($1 * 3 / 10)) direct
  heap=$((heap < 48 ? 48 : heap > 512 ? 512 : heap))
  direct=$((($1 - heap - 160) / 2))
  direct=$((direct < 16 ? 16 : direct > 4096 ? 4096 : direct))
  printf '%s\n' "-Xms$((heap < 64 ? heap : 64))m" "-Xmx${heap}m" "-XX:MaxDirectMemorySize=${direct}m"
}

# gateway_flags VERSION: prints the gateway's flags for this version of Java, one per line.
gateway_flags() {
  memory_flags "$(memory_mebibytes)"
  # Sessions live long, so that 10,000 clients use half of a small heap permanently. By default, G1 starts a concurrent
  # collection early enough for a large young generation: it would collect that half in vain, with pauses of up to 50 ms.
  printf '%s\n' -XX:-G1UseAdaptiveIHOP -XX:InitiatingHeapOccupancyPercent=70
  # The compiler takes half of the CPU time of a start, so its threads have a low priority (nice 10). It yields to this
  # gateway and, with kernel.sched_autogroup_enabled as in docs/operating.md, to HAProxy and other gateways on this machine.
  # Without root Java can only lower priorities, and would warn that it cannot raise them, so its warnings are off;
  # -XX:+PrintWarnings in $HIBIKI_JAVA_OPTS shows them again.
  printf '%s\n' -XX:ThreadPriorityPolicy=1 -XX:CompilerThreadPriority=10 -XX:-PrintWarnings
  # As in the manifest, which -cp does not read, and an archive does not know.
  printf '%s\n' --add-opens=java.base/java.nio=ALL-UNNAMED
  if (($1 >= 24)); then
    printf '%s\n' --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  fi
  if (($1 >= 25)); then
    printf '%s\n' -XX:+UseCompactObjectHeaders
  fi
}

# Prints "VERSION HOME" of the JDK for builds, 17 or newer: $JAVA_HOME, else that of the PATH, like Maven; else the newest.
default_jdk() {
  local home homes version
  # Not a pipe, because a reader that ends early would make its writer fail and end the script.
  homes=$(printf '%s\n' "${JAVA_HOME:-}" "$(path_java_home)" && java_homes | cut -d' ' -f2-)
  while IFS= read -r home; do
    if [[ -z $home || ! -x $home/bin/javac ]]; then continue; fi
    version=$(java_version "$home")
    if [[ -n $version && $version -ge 17 ]]; then
      printf '%s %s\n' "$version" "$(readlink -f "$home")"
      return
    fi
  done <<<"$homes"
}

# Prints the home of the java on the PATH. It runs that java, because it may be a wrapper.
path_java_home() {
  if command -v java >/dev/null; then
    java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
  fi
}
