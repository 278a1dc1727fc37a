package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.packaging.InstallIT;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fat jar uses the OpenSSL that it brings, and Java's TLS where that cannot be loaded. Its TLS is in {@link TlsIT}. */
@Tag("jdk")
final class OpenSslIT {
    private static final String EVENT = "{\"title\":\"新しい動画\",\"id\":\"1\"}";
    private static final String LIBRARY = "libnetty_tcnative_linux_%s.so"
            .formatted(System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64");

    @TempDir
    private Path folder;

    private final SelfSignedCertificate certificate = SelfSignedCertificate.create();
    private String[] tls = {};

    @BeforeEach
    void writeCertificate() {
        Path pem = folder.resolve("gateway.pem");
        certificate.writePem(pem);
        tls = new String[] {"--tls-cert-file", pem.toString(), "--tls-key-file", pem.toString()};
    }

    private void assertDelivers(GatewayProcess gateway) {
        try (WebSocketClient client = WebSocketClient.to(gateway.webSocket())
                .tls(certificate.clientContext())
                .connect()) {
            gateway.publish(EVENT);
            assertThat(client.awaitText(RunningGateway.PATIENCE)).isEqualTo(EVENT);
        }
    }

    /** Netty cannot write the library into this directory, so that it cannot load it. */
    private GatewayProcess.Launch withoutLibrary() {
        return GatewayProcess.jar(tls)
                .environment("JAVA_TOOL_OPTIONS", "-Dio.netty.native.workdir=/proc")
                .environment("HIBIKI_TRANSPORT", "nio");
    }

    private static String mappedFiles(GatewayProcess gateway) throws IOException {
        return Files.readString(Path.of("/proc/" + gateway.pid() + "/maps"));
    }

    @Test
    void shouldLoadItsOpenSslOnlyForACertificate() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar(tls).start()) {
            assertDelivers(gateway);
            assertThat(gateway.output())
                    .contains("engine=\"OpenSSL (BoringSSL)\"")
                    .doesNotContain("WARNING", "Java's TLS");
            assertThat(mappedFiles(gateway)).contains("netty_tcnative");
        }
        try (GatewayProcess plain = GatewayProcess.jar().start()) {
            assertThat(mappedFiles(plain)).contains("netty_transport").doesNotContain("netty_tcnative");
        }
    }

    @Test
    void shouldPreferTheLibraryInTheDirectoryMoreOfAnInstalledGateway() throws Exception {
        InstallIT.Result installed = InstallIT.install(folder);
        assertThat(installed.exitCode()).as(installed.output()).isZero();
        Path library = folder.resolve("usr/local/lib/hibiki");
        Path newer = Files.createDirectory(library.resolve("more")).resolve(LIBRARY);
        try (JarFile jar = new JarFile(GatewayProcess.JAR.toFile())) {
            Files.copy(jar.getInputStream(jar.getEntry("META-INF/native/" + LIBRARY)), newer);
        }
        try (GatewayProcess gateway =
                GatewayProcess.script(library.resolve("start"), tls).start()) {
            assertDelivers(gateway);
            assertThat(mappedFiles(gateway)).contains(newer.toRealPath().toString());
            assertThat(gateway.output())
                    .contains("engine=\"OpenSSL (BoringSSL)\"")
                    .doesNotContain("WARNING");
        }
    }

    @Test
    void shouldBeReplacedByJavasTlsWithTheReasonWhereItCannotBeLoaded() throws Exception {
        try (GatewayProcess gateway = withoutLibrary().start()) {
            assertDelivers(gateway);
            assertThat(gateway.output())
                    .contains("engine=JDK")
                    .contains("The gateway uses Java's TLS, whose handshakes cost five times the CPU")
                    .contains("OpenSSL cannot be used here: its library cannot be loaded on Linux ");
        }
    }

    @Test
    void shouldFailTheStartWhenItIsConfiguredAndCannotBeLoaded() throws Exception {
        GatewayProcess.Result refused =
                withoutLibrary().with("--tls-engine", "openssl").run();
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output())
                .contains("--tls-engine: OpenSSL cannot be used here: its library cannot be loaded on Linux ");
    }
}
