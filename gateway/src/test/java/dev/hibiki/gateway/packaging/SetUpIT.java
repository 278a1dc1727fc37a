package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The scripts install a JDK and Maven on a machine that has neither: a copy of this machine that hides them. The package
 * managers are stand-ins, because real ones need a network and minutes. The apt-get of the copy logs its arguments and installs
 * the JDK of the tests and a Maven that copies the jar.
 */
final class SetUpIT {
    /** The stand-ins are in /fake. The archive for quicker starts is empty, because a real one takes seconds to make. */
    private static final String BARE_MACHINE = """
            unset JAVA_HOME CI
            mkdir -m 0777 /jdk /fake
            mount --bind "$JDK" /jdk
            mkdir -p /usr/lib/jvm
            mount -t tmpfs -o mode=0777 hibiki-test /usr/lib/jvm
            for name in java javac mvn sudo apt-get apt-cache dnf zypper pacman apk brew; do
              while file=$(type -P "$name"); do rm "$file"; done
            done
            mv gateway/target/hibiki.jar .
            : >"gateway/target/hibiki-$VERSION.archive"
            touch -d tomorrow gateway/target/*.archive
            export PATH=/fake:$PATH
            program() {
              { echo '#!/bin/sh'; cat; } >"/fake/$1"
              chmod +x "/fake/$1"
            }
            """;

    private static final String WITH_JAR = "mv hibiki.jar gateway/target\n";

    private static final String WITH_APT = """
            program apt-cache <<'END'
            echo "$2" | grep -E '^openjdk-(17|21)-jdk-headless$'
            END
            program apt-get <<'END'
            echo "apt-get $*" >>/fake/log
            case $* in *jdk*) ln -s /jdk /usr/lib/jvm/installed ;; esac
            case $* in *maven*) ln -s maven /fake/mvn ;; esac
            END
            program maven <<'END'
            echo "mvn $*"
            cp hibiki.jar gateway/target
            END
            """;

    private static final String AS_NOBODY = "setpriv --reuid nobody --regid nogroup --clear-groups ";

    private static final String NEITHER = "this machine has no JDK (17 or newer) and no Maven (mvn); ";

    @TempDir
    private Path folder;

    private MachineCopy bareMachine() throws Exception {
        String java = "JDK='%s' VERSION='%s'\n"
                .formatted(System.getProperty("java.home"), System.getProperty("java.runtime.version"));
        return MachineCopy.require(folder, java + BARE_MACHINE);
    }

    @Test
    void shouldInstallAJdkAndMavenAndContinue() throws Exception {
        assertThat(bareMachine().output(WITH_APT + "scripts/run --version\n" + "cat /fake/log"))
                .startsWith("hibiki: " + NEITHER + "installing with apt-get ...\nhibiki: building; ")
                .containsPattern("\nmvn .* package .*\nhibiki: built\nhibiki \\S+\n")
                .containsPattern("\napt-get .* update\napt-get .* install .* openjdk-21-jdk-headless maven\n$");
    }

    @Test
    void shouldInstallAJdkAndMavenBeforeItRunsTests() throws Exception {
        assertThat(bareMachine().output(WITH_APT + "scripts/check DocumentsTest\n" + "cat /fake/log"))
                .startsWith("scripts/check: " + NEITHER + "installing with apt-get ...\nJava ")
                .containsPattern("\nmvn .* test .*-Dtest=DocumentsTest")
                .contains("\n== Failures: none\n")
                .endsWith(" openjdk-21-jdk-headless maven\n");
    }

    @Test
    void shouldInstallOnlyMissingToolsWithASudoThatNeedsNoPassword() throws Exception {
        String sudo = """
                program sudo <<'END'
                test "$1" = -n && shift && exec "$@"
                END
                """;
        assertThat(bareMachine()
                        .output(WITH_JAR + WITH_APT + sudo + AS_NOBODY + "scripts/run --version\n" + "cat /fake/log"))
                .matches("""
                        hibiki: this machine has no Java \\(17 or newer\\); installing with apt-get ...
                        hibiki \\S+
                        apt-get .* update
                        apt-get .* install .* openjdk-21-jdk-headless
                        """);
    }

    @Test
    void shouldPrintTheCommandForAUserWhoMayNotInstall() throws Exception {
        String script = """
                tell() {
                  %1$s scripts/run --version || echo "exit code $?"
                  %1$s scripts/check --fast || echo "exit code $?"
                }
                tell
                program sudo <<<'exit 1'
                rm /fake/apt-cache
                tell
                """.formatted(AS_NOBODY);
        assertThat(bareMachine().output(WITH_APT + script)).isEqualTo("""
                        hibiki: %1$sinstall with: su -c 'apt-get update && apt-get install openjdk-21-jdk-headless maven'
                        exit code 1
                        scripts/check: %1$sinstall with: su -c 'apt-get update && apt-get install openjdk-21-jdk-headless maven'
                        exit code 1
                        hibiki: %1$sinstall with: sudo apt-get update && sudo apt-get install default-jdk-headless maven
                        exit code 1
                        scripts/check: %1$sinstall with: sudo apt-get update && sudo apt-get install default-jdk-headless maven
                        exit code 1
                        """.formatted(NEITHER));
    }

    @Test
    void shouldPrintTheCommandForASystemWithoutApt() throws Exception {
        String script = """
                for manager in dnf zypper pacman apk brew; do
                  program "$manager" </dev/null
                  scripts/run --version || echo "exit code $?"
                  rm "/fake/$manager"
                done
                """;
        assertThat(bareMachine().output(script)).isEqualTo("""
                        hibiki: %1$sinstall with: dnf install java-25-openjdk-devel maven
                        exit code 1
                        hibiki: %1$sinstall with: zypper install java-21-openjdk-devel maven
                        exit code 1
                        hibiki: %1$sinstall with: pacman -S jdk21-openjdk maven
                        exit code 1
                        hibiki: %1$sinstall with: apk add openjdk21 maven
                        exit code 1
                        hibiki: %1$sinstall with: brew install temurin@21 maven
                        exit code 1
                        """.formatted(NEITHER));
    }

    @Test
    void shouldNameMissingToolsWithoutAKnownPackageManager() throws Exception {
        assertThat(bareMachine().run("scripts/run --version"))
                .isEqualTo(new GatewayProcess.Result(
                        1, "hibiki: " + NEITHER + "install what is missing, and put it on the PATH\n"));
    }

    @Test
    void shouldShowTheOutputOfAptGetWhenItFails() throws Exception {
        String script = """
                program apt-get <<'END'
                echo "E: no network for ${3%ing}"
                exit 100
                END
                scripts/run --version
                """;
        assertThat(bareMachine().run(script)).isEqualTo(new GatewayProcess.Result(1, """
                        hibiki: %sinstalling with apt-get ...
                        E: no network for update
                        E: no network for install
                        hibiki: apt-get could not install what is missing
                        """.formatted(NEITHER)));
    }

    @Test
    void shouldUseNeitherAnOldJdkNorAJreForTheBuild() throws Exception {
        String script = """
                java() {
                  mkdir -p "$1/bin"
                  ln -s /jdk/bin/java "$1/bin"
                  echo "JAVA_VERSION=\\"$2.0.1\\"" >"$1/release"
                }
                java /usr/lib/jvm/jre 17
                java /opt/old 11
                ln -s /jdk/bin/javac /opt/old/bin
                program mvn </dev/null
                JAVA_HOME=/opt/old scripts/run --version
                """;
        assertThat(bareMachine().run(script).output())
                .startsWith("hibiki: this machine has no JDK (17 or newer); install ");
    }
}
