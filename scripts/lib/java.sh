# shellcheck shell=bash
# Which Java there is, and how to start the gateway on it. Sourced by scripts and by tests.

# Prints "VERSION HOME" for every Java of 17 or newer, newest first: $JAVA_HOME, what the PATH has, /usr/lib/jvm/*.
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

# Prints the flags that the gateway runs with on this version of Java, one a line.
gateway_flags() {
  # The heap holds sessions, about 1.4 KB each. Events are outside of it: --log-bytes for each topic.
  printf '%s\n' -Xms64m -Xmx512m -XX:MaxDirectMemorySize=4g
  # Sessions live long, so that with 10,000 clients half of a small heap is in use for good. G1 would look for garbage there
  # again and again, with pauses of up to 50 ms, since it starts early enough for a young generation of most of the heap.
  printf '%s\n' -XX:-G1UseAdaptiveIHOP -XX:InitiatingHeapOccupancyPercent=70
  # Half of what a start takes is the compiler's, which gives way (nice 10) to those that serve meanwhile: this gateway, and
  # with the kernel.sched_autogroup_enabled of OPERATING.md also the other one on this machine and HAProxy. Without root
  # Java may lower priorities, and would warn that it may not raise any; -XX:+PrintWarnings in $HIBIKI_JAVA_OPTS shows all
  # of its warnings again.
  printf '%s\n' -XX:ThreadPriorityPolicy=1 -XX:CompilerThreadPriority=10 -XX:-PrintWarnings
  if (($1 >= 24)); then
    printf '%s\n' --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  fi
  if (($1 >= 25)); then
    printf '%s\n' -XX:+UseCompactObjectHeaders
  fi
}

# Prints "VERSION HOME" of the JDK of 17 or newer to build with: $JAVA_HOME, else the PATH's, as Maven would; else the newest.
default_jdk() {
  local home homes version
  # Not a pipe that ends early: whoever still writes into it would end the script.
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

# Prints the home of the java on the PATH. It is asked, because it may be a wrapper that stands anywhere.
path_java_home() {
  if command -v java >/dev/null; then
    java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
  fi
}
