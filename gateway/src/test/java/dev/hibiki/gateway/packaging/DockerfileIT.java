package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.Component;
import dev.hibiki.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The instructions of the {@code Dockerfile} run on a copy of this machine, which stands in for both images that it begins
 * with. Nothing here builds an image; {@link ImageIT} does.
 */
final class DockerfileIT {
    private static final Pattern CONTINUED = Pattern.compile("\\\\\n\\s*");
    private static final Pattern STRING = Pattern.compile("\"([^\"]*)\"");

    @TempDir
    private Path folder;

    private record Instruction(String name, String text) {
        /** The strings of its JSON array, as words of a shell. */
        String command() {
            return STRING.matcher(text)
                    .results()
                    .map(word -> "'" + word.group(1) + "'")
                    .collect(Collectors.joining(" "));
        }
    }

    private static List<Instruction> instructions() throws IOException {
        String text = CONTINUED
                .matcher(Files.readString(GatewayProcess.ROOT.resolve("Dockerfile")))
                .replaceAll("");
        return text.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> new Instruction(line.split(" ", 2)[0], line.split(" ", 2)[1]))
                .toList();
    }

    /** Those of the last stage. */
    private static List<Instruction> image() throws IOException {
        List<Instruction> all = instructions();
        int last = all.stream().map(Instruction::name).toList().lastIndexOf("FROM");
        return all.subList(last, all.size());
    }

    /** The modules of the Java in the image. */
    private static String modules() throws IOException {
        String jlink = instructions().get(4).text();
        assertThat(jlink).contains("jlink ");
        return jlink.replaceFirst(".*--add-modules (\\S+).*", "$1");
    }

    private static String only(String name) throws IOException {
        List<Instruction> found =
                image().stream().filter(one -> one.name().equals(name)).toList();
        assertThat(found).as(name).hasSize(1);
        return found.get(0).text();
    }

    private static String command(String name) throws IOException {
        return new Instruction(name, only(name)).command();
    }

    @Test
    void shouldDeclareWhatAnEngineMustKnow() throws Exception {
        assertThat(instructions())
                .extracting(Instruction::name)
                .containsExactly(
                        "FROM",
                        "WORKDIR",
                        "COPY",
                        "RUN",
                        "RUN",
                        "FROM",
                        "COPY",
                        "RUN",
                        "RUN",
                        "ENV",
                        "EXPOSE",
                        "USER",
                        "STOPSIGNAL",
                        "HEALTHCHECK",
                        "ENTRYPOINT",
                        "LABEL");
        assertThat(only("EXPOSE")).isEqualTo("8765 9765");
        assertThat(only("USER"))
                .as("no root, and a number, as Kubernetes checks it")
                .matches("[1-9]\\d+:[1-9]\\d+");
        assertThat(only("STOPSIGNAL")).isEqualTo("SIGTERM");
        assertThat(only("ENV")).isEqualTo("LANG=C.UTF-8");
        assertThat(only("FROM")).as("glibc, for BoringSSL").doesNotContain("alpine");
    }

    /** What is not copied into the first stage cannot be built there. */
    @Test
    void shouldNotIgnoreWhatTheBuildNeeds() throws Exception {
        List<String> ignored = Files.readAllLines(GatewayProcess.ROOT.resolve(".dockerignore"));
        assertThat(ignored).contains("**/target", ".git");
        assertThat(ignored)
                .doesNotContain("scripts", "gateway", "testing", "bench", "pom.xml", ".mvn", "LICENSE")
                .noneMatch(line -> line.contains("**/*"));
    }

    @Test
    void shouldSayWhichProgramsCanBuildTheImage() throws Exception {
        String script = "rm -f $(type -P buildah podman docker); exec scripts/package oci";
        assertThat(MachineCopy.require(folder, "").run(script))
                .isEqualTo(
                        new GatewayProcess.Result(
                                1,
                                "hibiki: an image needs buildah, podman, or docker with buildx; on Debian: apt-get install buildah\n"));
    }

    /** Without a right to write or to run programs from /tmp, as with {@code --read-only}. */
    @Test
    void shouldBuildAndRunTheGatewayAsAUserWithoutRights() throws Exception {
        Component.PS.require();
        String build = instructions().get(3).text().replaceAll("--mount=\\S+ ", "");
        Instruction files = image().get(1);
        assertThat(files.text()).isEqualTo("--from=build /src/target/image/ /");
        String script = """
                %s >/dev/null
                cp -a target/image/. /
                # Without Java it makes no archive, which takes long; DebianPackageIT has one.
                mount -t tmpfs hibiki-test /usr/lib/jvm
                (
                  unset JAVA_HOME
                  PATH=/usr/sbin:/usr/bin:/sbin:/bin
                  %s
                ) 2>&1
                umount /usr/lib/jvm
                mount -t tmpfs -o ro,noexec hibiki-test /tmp
                run() {
                  exec env -i PATH="$PATH" %s HIBIKI_JAVA_OPTS='--limit-modules %s' HIBIKI_PORT=%d HIBIKI_ADMIN_PORT=%d \\
                    setpriv --reuid %s --regid %s --clear-groups --no-new-privs --bounding-set=-all "$@" 2>&1
                }
                exec {log}< <(run %s)
                gateway=$!
                trap 'kill $gateway' EXIT
                while read -r line <&"$log" && [[ $line != *'Clients: '* ]]; do
                  if [[ $line == hibiki:* ]]; then echo "$line"; fi
                done
                cat <&"$log" >/dev/null &
                (run %s) && echo healthy
                (run %s /nothing) || echo "exit code $?"
                grep -o '/usr/lib/hibiki/more/libnetty_transport_native' /proc/$gateway/maps | sort -u
                ps -o uid=,gid= -p "$gateway"
                """.formatted(
                        build,
                        image().get(2).command(),
                        only("ENV"),
                        modules(),
                        Ports.free(),
                        Ports.free(),
                        only("USER").replaceFirst(":.*", ""),
                        only("USER").replaceFirst(".*:", ""),
                        command("ENTRYPOINT"),
                        command("HEALTHCHECK"),
                        command("HEALTHCHECK"));
        assertThat(MachineCopy.require(folder, "umask 077\n").output(script)).isEqualTo("""
                hibiki: no Java 17 or newer in $JAVA_HOME, on the PATH or in /usr/lib/jvm
                healthy
                exit code 1
                /usr/lib/hibiki/more/libnetty_transport_native
                10001 10001
                """);
    }
}
