package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.Component;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code scripts/package oci} builds the image with buildah, and the gateway runs from its files. No registry is needed: the
 * images that the {@code Dockerfile} begins with are made here of Debian, and, for the build, of the JDK, Maven and
 * repository of this machine.
 */
@Tag("long")
final class ImageIT {
    /** Argument: a folder. It prints what an engine reads from the image, and leaves the files of the image in "root". */
    private static final String BUILD = """
            folder=$1
            PATH=$PATH:/usr/sbin:/sbin
            export CONTAINERS_STORAGE_CONF=$folder/storage.conf BUILDAH_ISOLATION=chroot TMPDIR=$folder/tmp
            mkdir "$TMPDIR"
            exec {output}>&1 >"$folder/log" 2>&1
            printf '%s\\n' '[storage]' 'driver = "overlay"' "graphroot = '$folder/images'" "runroot = '$folder/run'" \\
              >"$CONTAINERS_STORAGE_CONF"
            # Such a file system must not lie on another of its kind.
            if ! buildah info; then sed -i s/overlay/vfs/ "$CONTAINERS_STORAGE_CONF"; fi
            source scripts/lib/java.sh
            mapfile -t names < <(sed -n 's/^FROM \\([^ ]*\\).*/\\1/p' Dockerfile)
            debian=$(buildah from scratch)
            root=$(buildah mount "$debian")
            release=${names[1]##*:}
            mmdebstrap --variant=minbase "${release%-slim}" "$root"
            buildah commit "$debian" "${names[1]}"
            cp -rL "$(mvn -v | sed -n 's/.*Maven home: //p')" "$root/opt/maven"
            cp -rL "$(java_homes | sed -n '1s/[^ ]* //p')" "$root/opt/java"
            cp -r ~/.m2/repository "$root/opt/repository"
            echo '<settings><localRepository>/opt/repository</localRepository><offline>true</offline></settings>' \\
              >"$root/opt/maven/conf/settings.xml"
            buildah config --env JAVA_HOME=/opt/java --env PATH=/opt/java/bin:/opt/maven/bin:/usr/sbin:/usr/bin "$debian"
            buildah commit "$debian" "${names[0]}"
            buildah rm "$debian"
            archive=$(scripts/package oci)
            name=${archive##*/hibiki-}
            name=hibiki:${name%.oci.tar}
            buildah inspect --type image --format '{{.Docker.Config.Healthcheck.Test}}{{"\\n"}}' "$name" >&"$output"
            buildah rmi "$name"
            image=$(buildah from -q "oci-archive:$archive")
            buildah inspect --format '{{with .OCIv1.Config}}{{.User}} {{.Entrypoint}} {{.StopSignal}} {{.ExposedPorts}}
            {{range $name, $value := .Labels}}{{$name}}={{$value}}
            {{end}}{{end}}' "$image" | grep -v io.buildah >&"$output"
            cp -a "$(buildah mount "$image")" "$folder/root"
            buildah rm "$image"
            """;

    /** Arguments: the files of the image, which it cannot write to, and a command, which becomes a process without rights. */
    private static final String IN_IMAGE = """
            mount --bind "$1" "$1"
            mount -o remount,bind,ro "$1"
            mount --rbind /proc "$1/proc"
            mount --rbind /dev "$1/dev"
            exec chroot "$1" env -u JAVA_HOME PATH=/usr/bin:/bin LANG=C.UTF-8 \\
              setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all "${@:2}"
            """;

    @TempDir
    private static Path folder;

    private static String configuration = "";

    private static Path root() {
        return folder.resolve("root");
    }

    private static List<String> inOwnMounts(String script, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private", "bash", "-euc", script, "-"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static GatewayProcess.Launch inImage(String... command) {
        return GatewayProcess.command(inOwnMounts(IN_IMAGE, root().toString())).with(command);
    }

    @BeforeAll
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    static void build() throws Exception {
        Component.BUILDAH.require();
        Component.MMDEBSTRAP.require();
        assumeTrue("root".equals(System.getProperty("user.name")), "Only root can make the images of Debian");
        Process process = new ProcessBuilder(inOwnMounts(BUILD, folder.toString()))
                .directory(GatewayProcess.ROOT.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        configuration = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(() -> read(folder.resolve("log"))).isZero();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void shouldTellAnEngineWhatItIsAndHowItRuns() {
        assertThat(configuration).matches("""
                        \\[CMD /usr/lib/hibiki/check]
                        10001:10001 \\[/usr/lib/hibiki/start] SIGTERM map\\[8765/tcp:\\{} 9765/tcp:\\{}]
                        org.opencontainers.image.description=A push gateway: .*
                        org.opencontainers.image.licenses=Apache-2.0
                        org.opencontainers.image.title=Hibiki
                        org.opencontainers.image.version=\\d.*
                        """);
    }

    @Test
    void shouldGiveNoRightsByFiles() throws Exception {
        String find = """
                cd "$1"
                find . -type f -perm /6000
                find . -type f,d -perm -0002 ! -perm -1000
                find . -uid 10001 -o -gid 10001
                """;
        Process process = new ProcessBuilder("bash", "-euc", find, "-", root().toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
    }

    @Test
    void shouldHaveTheModulesOfJavaThatTheJarUses() throws Exception {
        StringWriter used = new StringWriter();
        try (PrintWriter out = new PrintWriter(used)) {
            assertThat(ToolProvider.findFirst("jdeps")
                            .orElseThrow()
                            .run(
                                    out,
                                    out,
                                    "--multi-release",
                                    "17",
                                    "--ignore-missing-deps",
                                    "--print-module-deps",
                                    GatewayProcess.JAR.toString()))
                    .isZero();
        }
        List<String> needed = new ArrayList<>(List.of(used.toString().trim().split(",")));
        // For parts of libraries that the gateway does not use.
        needed.removeAll(List.of("java.desktop", "java.scripting", "java.sql"));
        // No class names them: the encodings of Asia, and tools for diagnosis.
        needed.addAll(List.of("jdk.charsets", "jdk.jcmd"));
        String release = Files.readString(root().resolve("usr/lib/jvm/hibiki/release"));
        assertThat(release.replaceAll("(?s).*MODULES=\"([^\"]*)\".*", "$1").split(" "))
                .containsAll(needed);
    }

    @Test
    void shouldServeEventsWithoutRootAndWithoutWriting() throws Exception {
        assertThat(inImage("touch", "/tmp/file").run().output()).contains("Read-only file system");
        Path pem = root().resolve("srv/tls.pem");
        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        certificate.writePem(pem);
        Files.setPosixFilePermissions(pem, PosixFilePermissions.fromString("rw-r--r--"));
        GatewayProcess.Launch launch = inImage("/usr/lib/hibiki/start")
                .with("--tls-cert-file", "/srv/tls.pem", "--tls-key-file", "/srv/tls.pem", "--tls-engine", "openssl");
        try (GatewayProcess gateway = launch.start();
                WebSocketClient client = WebSocketClient.to("wss://localhost:" + gateway.port() + "/")
                        .tls(certificate.clientContext())
                        .connect()) {
            gateway.publish("{\"title\":\"event\"}");
            assertThat(client.awaitText(Duration.ofSeconds(10))).contains("\"title\":\"event\"");
            assertThat(Files.readString(Path.of("/proc/" + gateway.pid() + "/maps")))
                    .containsPattern("/usr/lib/hibiki/hibiki-\\d+\\.archive")
                    .contains("/usr/lib/hibiki/more/libnetty_tcnative_");
            assertThat(Files.readString(Path.of("/proc/" + gateway.pid() + "/status")))
                    .containsPattern("Uid:(\\s10001){4}")
                    .containsPattern("CapEff:\\s0+\n");
            assertThat(inImage("/usr/lib/hibiki/check")
                            .environment("HIBIKI_ADMIN_PORT", "" + gateway.adminPort())
                            .run()
                            .exitCode())
                    .isZero();
            gateway.terminate();
            assertThat(gateway.awaitExit()).isZero();
            assertThat(gateway.output()).contains("Main - Bye");
        }
    }
}
