package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HaproxyFixtureIT {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String CONFIGURATION = """
            defaults
              mode http
              timeout connect 2s
              timeout client 10s
              timeout server 10s
              timeout tunnel 10s
            listen web
              bind 127.0.0.1:%d %s
              server back 127.0.0.1:%d
            """;

    @Test
    void shouldPassOnAWebSocketToItsBackEnd() throws Exception {
        int port = Ports.free();
        try (ScriptedServer server = echo();
                HaproxyFixture proxy = HaproxyFixture.start(CONFIGURATION.formatted(port, "", portOf(server)), port);
                WebSocketClient client =
                        WebSocketClient.to("ws://127.0.0.1:" + port + "/").connect()) {
            client.sendText("через прокси");
            assertThat(client.awaitText(SOON)).isEqualTo("через прокси");
            assertThat(proxy.output()).doesNotContain("ALERT");
        }
        assertThat(Ports.isListening(port)).isFalse();
    }

    @Test
    void shouldSpeakTlsWithACertificateThatOnlyItsOwnClientTrusts(@TempDir Path folder) throws Exception {
        int port = Ports.free();
        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        Path pem = folder.resolve("server.pem");
        certificate.writePem(pem);
        String secure = "wss://localhost:" + port + "/";
        try (ScriptedServer server = echo();
                HaproxyFixture proxy =
                        HaproxyFixture.start(CONFIGURATION.formatted(port, "ssl crt " + pem, portOf(server)), port);
                WebSocketClient client = WebSocketClient.to(secure)
                        .tls(certificate.clientContext())
                        .connect()) {
            client.sendText("秘密");
            assertThat(client.awaitText(SOON)).isEqualTo("秘密");
            WebSocketClientBuilder stranger = WebSocketClient.to(secure)
                    .tls(SelfSignedCertificate.create().clientContext());
            assertThatThrownBy(stranger::connect).isInstanceOf(UncheckedIOException.class);
            assertThat(proxy.output()).doesNotContain("ALERT");
        }
    }

    @Test
    void shouldKeepConnectionsThroughAReload(@TempDir Path folder) throws Exception {
        int port = Ports.free();
        Path file = folder.resolve("haproxy.cfg");
        try (ScriptedServer server = echo()) {
            Files.writeString(
                    file, CONFIGURATION.formatted(port, "", portOf(server)).replace("" + port, "\"${PORT}\""));
            try (HaproxyFixture proxy = HaproxyFixture.startMaster(file, Map.of("PORT", "" + port), port);
                    WebSocketClient client =
                            WebSocketClient.to("ws://127.0.0.1:" + port + "/").connect()) {
                proxy.reload("web");
                assertThat(proxy.output()).containsSubsequence("New worker", "Proxy web stopped");
                client.sendText("still here");
                assertThat(client.awaitText(SOON)).isEqualTo("still here");
            }
        }
        assertThat(Ports.isListening(port)).isFalse();
    }

    @Test
    void shouldShowItsOutputWhenTheConfigurationIsWrong() {
        assertThatThrownBy(() -> HaproxyFixture.start("listen web\n  bind nonsense\n", Ports.free()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("haproxy ended with exit code 1")
                .hasMessageContaining("nonsense");
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    private static ScriptedServer echo() throws Exception {
        return new ScriptedServer(peer -> {
            peer.accept();
            peer.send(peer.read());
            peer.readEnd();
        });
    }

    private static int portOf(ScriptedServer server) {
        return URI.create(server.uri()).getPort();
    }
}
