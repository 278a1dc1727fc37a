# shellcheck shell=bash
# Building a jar when it is missing or its sources are newer. Sourced by scripts; $root is the repository.

# ensure_jar NAME MODULE JAR SOURCE...: says on standard error, as NAME, what it does.
ensure_jar() {
  local name=$1 module=$2 jar=$3 began
  shift 3
  if [[ -f $jar && -z $(find "$root/pom.xml" "$@" -newer "$jar" -print -quit) ]]; then return; fi
  command -v mvn >/dev/null || {
    echo "$name: there is no jar yet, and no Maven (mvn) on the PATH to build it with" >&2
    exit 1
  }
  began=$(date +%s.%N)
  echo "$name: building; the first time, Maven also fetches what it needs ..." >&2
  # Only what runs: formatting, sizes and lint are the business of scripts/check.
  (cd "$root" && mvn -q -B -pl "$module" -am package -Dmaven.test.skip=true \
    -Dlint=off -Dspotless.check.skip=true -Dcheckstyle.skip=true) >&2 || {
    echo "$name: the build failed" >&2
    exit 1
  }
  # Maven leaves a jar untouched in which nothing changed.
  touch -d "@$began" "$jar"
  echo "$name: built" >&2
}
