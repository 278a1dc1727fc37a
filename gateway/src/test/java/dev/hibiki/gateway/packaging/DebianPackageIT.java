package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.Component;
import dev.hibiki.testing.Ports;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The package of {@code scripts/package deb} is installed, upgraded and removed by apt and dpkg, on a copy of this machine. */
final class DebianPackageIT {
    private static final String CLEAN = """
            rm -rf /etc/hibiki /usr/local/lib/hibiki /etc/systemd/system/hibiki*
            if getent passwd hibiki >/dev/null; then userdel hibiki; fi
            umask 077
            export DEBIAN_FRONTEND=noninteractive
            # Says only what goes wrong, and what the package says.
            apt() {
              apt-get -qq -y --no-install-recommends --allow-downgrades -o Dpkg::Options::=--force-confold "$@" \\
                >/tmp/apt.log 2>&1 || cat /tmp/apt.log
              grep -A3 '^hibiki:' /tmp/apt.log || true
            }
            """;

    /** The archive for quicker starts would take most of a test's time; RootInstallIT makes one. */
    private static final String WITHOUT_ARCHIVE =
            "sed -i 's/^prepare_starts() {/&\\n  return/' scripts/lib/archive.sh\n";

    private static final String WITHOUT_JAVA = "mount -t tmpfs hibiki-test /usr/lib/jvm\n" + WITHOUT_ARCHIVE;

    @TempDir
    private Path folder;

    /** The output of a script on a new copy of the machine. */
    private String output(String script) throws Exception {
        Component.APT_GET.require();
        Component.PS.require();
        return MachineCopy.require(folder, CLEAN).output(script);
    }

    @Test
    void shouldKeepTheConfigurationOnUpgradesAndLeaveNothingAfterAPurge() throws Exception {
        String life = """
                first=$(scripts/package deb)
                echo '#new' >>scripts/systemd/hibiki.properties
                second=$(scripts/package deb --version 7.0)
                apt install "$first"
                stat -c '%A %U:%G %n' /etc/hibiki /etc/hibiki/* /usr/lib/hibiki/* /lib/systemd/system/hibiki*
                getent passwd hibiki | cut -d: -f1,6-
                find /etc/systemd -name '*hibiki*'
                echo '#mine' >>/etc/hibiki/hibiki.properties
                chgrp daemon /etc/hibiki/hibiki.env
                touch /etc/hibiki/jwt-secret
                for package in "$second" "$first"; do
                  dpkg --force-confold -i "$package" >/dev/null 2>&1
                  dpkg-query -Wf '${Version} ${db:Status-Status} ' hibiki
                  tail -qn1 /etc/hibiki/hibiki.properties
                done
                stat -c '%G %n' /etc/hibiki/hibiki.env
                dpkg -r hibiki >/dev/null
                ls -A /etc/hibiki
                dpkg -P hibiki >/dev/null
                find /etc /lib/systemd /usr/lib /usr/share/doc -name '*hibiki*'
                getent passwd hibiki || echo no user
                """;
        assertThat(output(WITHOUT_JAVA + life)).isEqualTo("""
                drwxr-x--- root:hibiki /etc/hibiki
                -rw-r----- root:hibiki /etc/hibiki/hibiki.env
                -rw-r----- root:hibiki /etc/hibiki/hibiki.properties
                -rw-r--r-- root:root /usr/lib/hibiki/archive.sh
                -rw-r--r-- root:root /usr/lib/hibiki/hibiki.jar
                -rw-r--r-- root:root /usr/lib/hibiki/java.sh
                -rwxr-xr-x root:root /usr/lib/hibiki/start
                -rw-r--r-- root:root /lib/systemd/system/hibiki.service
                -rw-r--r-- root:root /lib/systemd/system/hibiki@.service
                hibiki:/nonexistent:/usr/sbin/nologin
                7.0 installed #mine
                0.1.0~snapshot installed #mine
                daemon /etc/hibiki/hibiki.env
                hibiki.env
                hibiki.properties
                hibiki.properties.dpkg-dist
                jwt-secret
                no user
                """);
    }

    @Test
    void shouldStartAsItsUserAndDeliverAnEvent() throws Exception {
        int port = Ports.free();
        int admin = Ports.free();
        String start = """
                dpkg -i "$(scripts/package deb)" >/dev/null 2>&1
                sed -i 's/^redis=/#&/; s/^port=.*/port=%d/; s/^admin-port=.*/admin-port=%d/' /etc/hibiki/hibiki.properties
                # As the unit does.
                exec {log}< <(LANG=C.UTF-8 HIBIKI_JAVA_OPTS=-Xlog:class+load exec setpriv --reuid hibiki --regid hibiki \\
                  --clear-groups --no-new-privs --bounding-set=-all \\
                  /usr/lib/hibiki/start --config /etc/hibiki/hibiki.properties 2>&1)
                gateway=$!
                trap 'kill $gateway' EXIT
                while read -r line <&"$log" && [[ $line != *'Clients: '* ]]; do
                  if [[ $line == *gateway.Main\\ source:* ]]; then echo "${line##*] }"; fi
                done
                cat <&"$log" >/dev/null &
                exec {client}<>/dev/tcp/127.0.0.1/%d {publisher}<>/dev/tcp/127.0.0.1/%d
                printf 'GET /sse HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' >&"$client"
                while read -r line <&"$client" && [[ $line != retry:* ]]; do :; done
                printf 'POST /publish/topvideohub:trending HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 29\\r\\n\\r\\n%%s' \\
                  '{"title":"event","id":"1234"}' >&"$publisher"
                while read -r line <&"$client" && [[ $line != data:* ]]; do :; done
                echo "$line"
                ps -o user= -p "$gateway"
                """.formatted(port, admin, port, admin);
        assertThat(output(WITHOUT_ARCHIVE + start)).isEqualTo("""
                dev.hibiki.gateway.Main source: file:/usr/lib/hibiki/hibiki.jar
                data: {"title":"event","id":"1234"}
                hibiki
                """);
    }

    @Tag("long")
    @Test
    void shouldNotBeMixedUpWithWhatScriptsInstallInstalls() throws Exception {
        String both = """
                package=$(scripts/package deb)
                scripts/install >/dev/null
                dpkg --force-confold -i "$package" 2>&1 | grep -A3 '^hibiki:'
                scripts/install 2>&1 || echo "exit code $?"
                dpkg -r hibiki >/dev/null
                ls -d /etc/hibiki/hibiki.properties /usr/local/lib/hibiki/start
                """;
        assertThat(output(WITHOUT_JAVA + both)).isEqualTo("""
                hibiki: /etc/systemd/system/hibiki.service hides the unit of this package: systemd starts /usr/local/lib/hibiki/start
                hibiki: to change over from scripts/install to the package:
                  rm -r /etc/systemd/system/hibiki.service /etc/systemd/system/hibiki@.service /usr/local/lib/hibiki
                  systemctl daemon-reload && systemctl restart hibiki
                hibiki: the Debian package is installed on this machine; install a newer one (scripts/package deb),
                  or remove it first, which keeps /etc/hibiki: apt-get remove hibiki
                exit code 1
                /etc/hibiki/hibiki.properties
                /usr/local/lib/hibiki/start
                """);
    }
}
