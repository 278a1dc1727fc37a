package dev.hibiki.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code scripts/install} as root and for real, on a copy of this machine: an overlay in a mount namespace, gone with the
 * process that made it. There no systemd runs.
 */
final class RootInstallIT {
    /** Arguments: a directory to mount on, the repository, what to run in the copy. */
    private static final String MACHINE = """
            mount -t tmpfs hibiki-test "$1"
            mkdir "$1/changes" "$1/work" "$1/root"
            mount -t overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" hibiki-test "$1/root"
            mount --rbind /proc "$1/root/proc"
            mount --rbind /dev "$1/root/dev"
            mkdir -p "$1/root$2"
            mount --bind "$2" "$1/root$2"
            exec chroot "$1/root" bash -euc "$3"
            """;

    private static final String WITHOUT_HIBIKI = """
            rm -rf /etc/hibiki /usr/local/lib/hibiki
            if getent passwd hibiki >/dev/null; then userdel hibiki; fi
            umask 077
            """;

    private static final String FILES = """
            stat -c '%A %U:%G %n' /etc/hibiki /etc/hibiki/* /usr/local/lib/hibiki/* | sed 's/hibiki-.*archive/hibiki-BUILD.archive/'
            """;

    @TempDir
    private Path folder;

    private record Result(int exitCode, String output) {}

    @BeforeEach
    void needACopyOfThisMachine() throws Exception {
        Result result = run("true");
        assumeTrue(result.exitCode() == 0, () -> "Only root with overlayfs can copy the machine: " + result.output());
    }

    private Result run(String script) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        "unshare",
                        "--mount",
                        "--propagation",
                        "private",
                        "bash",
                        "-euc",
                        MACHINE,
                        "machine",
                        folder.toString(),
                        GatewayProcess.ROOT.toString(),
                        script.replace("scripts/", GatewayProcess.ROOT + "/scripts/")))
                .redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HIBIKI_") || name.equals("DESTDIR"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    private String output(String script) throws Exception {
        Result result = run(WITHOUT_HIBIKI + script);
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output();
    }

    @Test
    void shouldMakeAUserThatMayReadItsConfigurationAndNothingElse() throws Exception {
        assertThat(output("scripts/install >/dev/null 2>&1\n" + FILES + "getent passwd hibiki | cut -d: -f1,5-"))
                .isEqualTo("""
                        drwxr-x--- root:hibiki /etc/hibiki
                        -rw-r----- root:hibiki /etc/hibiki/hibiki.env
                        -rw-r----- root:hibiki /etc/hibiki/hibiki.properties
                        -rw-r--r-- root:root /usr/local/lib/hibiki/archive.sh
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki-BUILD.archive
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki.jar
                        -rw-r--r-- root:root /usr/local/lib/hibiki/java.sh
                        -rwxr-xr-x root:root /usr/local/lib/hibiki/start
                        hibiki:Hibiki push gateway:/nonexistent:/usr/sbin/nologin
                        """);
    }

    @Test
    void shouldStartAsItsUserWithTheConfigurationThatWasLaid() throws Exception {
        String start = """
                scripts/install >/dev/null 2>&1
                setpriv --reuid hibiki --regid hibiki --clear-groups --no-new-privs --bounding-set=-all \
                    /usr/local/lib/hibiki/start --config /etc/hibiki/hibiki.properties --print-config
                """;
        assertThat(output(start)).contains("drain-delay-ms=4000", "demo=false");
    }

    @Test
    void shouldStartFromTheArchiveThatItHasMade() throws Exception {
        String start = """
                scripts/install >/dev/null 2>&1
                HIBIKI_JAVA_OPTS=-Xlog:class+load setpriv --reuid hibiki --regid hibiki --clear-groups \
                    /usr/local/lib/hibiki/start --config /etc/hibiki/hibiki.properties --print-config
                """;
        assertThat(output(start)).contains("dev.hibiki.gateway.Main source: shared objects file", "demo=false");
    }

    @Test
    void shouldLeaveTheConfigurationAsItIsWhenRunAgainAndKeepTheJarBefore() throws Exception {
        String twice = """
                scripts/install >/dev/null 2>&1
                echo '#mine' >>/etc/hibiki/hibiki.properties
                echo '#mine' >/etc/hibiki/monitoring
                chgrp daemon /etc/hibiki/monitoring
                echo before >/usr/local/lib/hibiki/hibiki.jar
                for time in second third; do scripts/install >/dev/null 2>&1; done
                grep -c '^#mine' /etc/hibiki/*
                cat /usr/local/lib/hibiki/hibiki.jar.old
                """;
        assertThat(output(twice + FILES)).isEqualTo("""
                        /etc/hibiki/hibiki.env:0
                        /etc/hibiki/hibiki.properties:1
                        /etc/hibiki/monitoring:1
                        before
                        drwxr-x--- root:hibiki /etc/hibiki
                        -rw-r----- root:hibiki /etc/hibiki/hibiki.env
                        -rw-r----- root:hibiki /etc/hibiki/hibiki.properties
                        -rw------- root:daemon /etc/hibiki/monitoring
                        -rw-r--r-- root:root /usr/local/lib/hibiki/archive.sh
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki-BUILD.archive
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki.jar
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki.jar.old
                        -rw-r--r-- root:root /usr/local/lib/hibiki/java.sh
                        -rwxr-xr-x root:root /usr/local/lib/hibiki/start
                        """);
    }
}
