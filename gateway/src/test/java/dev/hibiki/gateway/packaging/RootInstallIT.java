package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/install} works as root, on a copy of this machine. */
final class RootInstallIT {
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

    private String output(String script) throws Exception {
        return MachineCopy.require(folder, WITHOUT_HIBIKI).output(script);
    }

    @Test
    void shouldCreateAUserThatMayOnlyReadItsConfigurationAndStartsFromTheArchive() throws Exception {
        String start = """
                scripts/install >/dev/null 2>&1
                %sgetent passwd hibiki | cut -d: -f1,5-
                HIBIKI_JAVA_OPTS=-Xlog:class+load \
                setpriv --reuid hibiki --regid hibiki --clear-groups --no-new-privs --bounding-set=-all \
                    /usr/local/lib/hibiki/start --config /etc/hibiki/hibiki.properties --print-config
                """.formatted(FILES);
        assertThat(output(start))
                .startsWith("""
                        drwxr-x--- root:hibiki /etc/hibiki
                        -rw-r----- root:hibiki /etc/hibiki/hibiki.env
                        -rw-r----- root:hibiki /etc/hibiki/hibiki.properties
                        -rw-r--r-- root:root /usr/local/lib/hibiki/archive.sh
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki-BUILD.archive
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki.jar
                        -rw-r--r-- root:root /usr/local/lib/hibiki/java.sh
                        -rwxr-xr-x root:root /usr/local/lib/hibiki/start
                        hibiki:Hibiki push gateway:/nonexistent:/usr/sbin/nologin
                        """)
                .contains("dev.hibiki.gateway.Main source: shared objects file", "drain-delay-ms=4000", "demo=false");
    }

    @Test
    void shouldKeepTheConfigurationAndThePreviousJarOnASecondRun() throws Exception {
        String twice = """
                # Without the archive, which takes most of the time, and which the other test makes.
                sed -i 's/^prepare_starts() {/&\\n  return/' scripts/lib/archive.sh
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
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki.jar
                        -rw-r--r-- root:root /usr/local/lib/hibiki/hibiki.jar.old
                        -rw-r--r-- root:root /usr/local/lib/hibiki/java.sh
                        -rwxr-xr-x root:root /usr/local/lib/hibiki/start
                        """);
    }
}
