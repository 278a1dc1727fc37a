# shellcheck shell=bash
# Builds a jar that is missing or older than its sources. Sourced by scripts, with java.sh and setup.sh; $root is the
# repository.

# ensure_jar NAME MODULE JAR SOURCE...: logs its steps to standard error as NAME. Installs the tools for the build.
ensure_jar() {
  local name=$1 module=$2 jar=$3 jdk began
  shift 3
  if [[ -f $jar && -z $(find "$root/pom.xml" "$@" -newer "$jar" -print -quit) ]]; then return; fi
  require_tools "$name" jdk maven
  jdk=$(default_jdk)
  began=$(date +%s.%N)
  echo "$name: building; the first time, Maven also fetches what it needs ..." >&2
  # Build without checks: formatting, sizes and lint are checked by scripts/check.
  (cd "$root" && JAVA_HOME=${jdk#* } mvn -q -B -pl "$module" -am package -Dmaven.test.skip=true \
    -Dlint=off -Dspotless.check.skip=true -Dcheckstyle.skip=true) >&2 || {
    echo "$name: the build failed" >&2
    exit 1
  }
  # Maven does not touch an unchanged jar, so set its time.
  touch -d "@$began" "$jar"
  echo "$name: built" >&2
}
