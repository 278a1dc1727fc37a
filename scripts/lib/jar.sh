# shellcheck shell=bash
# Building a jar when it is missing or its sources are newer. Sourced by scripts, with java.sh and setup.sh; $root is the
# repository.

# ensure_jar NAME MODULE JAR SOURCE...: says on standard error, as NAME, what it does. Installs what the build needs.
ensure_jar() {
  local name=$1 module=$2 jar=$3 jdk began
  shift 3
  if [[ -f $jar && -z $(find "$root/pom.xml" "$@" -newer "$jar" -print -quit) ]]; then return; fi
  require_tools "$name" jdk maven
  jdk=$(default_jdk)
  began=$(date +%s.%N)
  echo "$name: building; the first time, Maven also fetches what it needs ..." >&2
  # Only what runs: formatting, sizes and lint are the business of scripts/check.
  (cd "$root" && JAVA_HOME=${jdk#* } mvn -q -B -pl "$module" -am package -Dmaven.test.skip=true \
    -Dlint=off -Dspotless.check.skip=true -Dcheckstyle.skip=true) >&2 || {
    echo "$name: the build failed" >&2
    exit 1
  }
  # Maven leaves a jar untouched in which nothing changed.
  touch -d "@$began" "$jar"
  echo "$name: built" >&2
}
