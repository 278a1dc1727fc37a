package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.packaging.InstallIT;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway uses OpenSSL when an operator adds it to the class path. Its TLS is in {@link TlsIT}. */
@Tag("jdk")
final class OpenSslIT {
    private static final String EVENT = "{\"title\":\"新しい動画\",\"id\":\"1\"}";

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

    /** The jar of the tests' class path with this resource. */
    private static Path jarOf(String resource) throws URISyntaxException {
        String url = Objects.requireNonNull(OpenSslIT.class.getClassLoader().getResource(resource))
                .toString();
        return Path.of(new URI(url.substring("jar:".length(), url.indexOf("!/"))));
    }

    @Test
    void shouldBeLoadedFromTheDirectoryMoreOfAnInstalledGateway() throws Exception {
        InstallIT.Result installed = InstallIT.install(folder);
        assertThat(installed.exitCode()).as(installed.output()).isZero();
        Path library = folder.resolve("usr/local/lib/hibiki");
        Path more = Files.createDirectory(library.resolve("more"));
        Files.copy(jarOf("io/netty/internal/tcnative/Library.class"), more.resolve("classes.jar"));
        Files.copy(jarOf("META-INF/native/libnetty_tcnative_linux_x86_64.so"), more.resolve("native.jar"));

        try (GatewayProcess gateway =
                        GatewayProcess.script(library.resolve("start"), tls).start();
                WebSocketClient client = WebSocketClient.to(gateway.webSocket())
                        .tls(certificate.clientContext())
                        .connect()) {
            gateway.publish(EVENT);
            assertThat(client.awaitText(RunningGateway.PATIENCE)).isEqualTo(EVENT);
            assertThat(gateway.output()).contains("engine=OpenSSL").doesNotContain("WARNING");
        }
    }

    @Test
    void shouldBeReplacedByTheJdkWhenItIsMissing() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar(tls).start()) {
            assertThat(gateway.output()).contains("engine=JDK");
        }
    }

    @Test
    void shouldFailTheStartWhenItIsConfiguredAndMissing() throws Exception {
        GatewayProcess.Result refused =
                GatewayProcess.jar(tls).with("--tls-engine", "openssl").run();
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output())
                .contains("--tls-engine: openssl cannot be had here (expected: netty-tcnative on the class path): ");
    }
}
