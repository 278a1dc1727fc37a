package dev.hibiki.gateway.edge;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.HaproxyFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketClientBuilder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The gateway works behind an HAProxy that ends TLS and sends the client's region, as in production. */
@ExtendWith(RedisExtension.class)
final class BehindHaproxyIT {
    private static final String CONFIGURATION = """
            defaults
              mode http
              retries 0
              timeout connect 5s
              timeout client 30s
              timeout server 30s
              timeout tunnel 1h
            frontend web
              bind 127.0.0.1:%d ssl crt %s alpn http/1.1
              http-request set-header X-Region JP
              default_backend gateway
            backend gateway
              server one 127.0.0.1:%d
            """;

    private final SelfSignedCertificate certificate = SelfSignedCertificate.create();
    private final int port = Ports.free();

    @TempDir
    private Path folder;

    @Test
    void shouldServeClientsOverTlsAndLabelThemWithTheProxysRegion(RedisFixture redis) {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                HaproxyFixture proxy = proxyTo(gateway);
                WebSocketClient plain = client("/").connect();
                WebSocketClient liar =
                        client("/ws?region=KR").header("X-Region", "VN").connect()) {
            assertThat(gateway.metric("hibiki_connections{region=\"JP\"}")).isEqualTo(2);
            assertThat(gateway.metric("hibiki_connections{region=\"VN\"}")).isZero();

            redis.publish(CHANNEL, event("JP", 1));
            redis.publish(CHANNEL, event("KR", 2));
            assertThat(plain.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(plain.awaitText(PATIENCE)).isEqualTo(event("KR", 2));
            assertThat(liar.awaitText(PATIENCE)).isEqualTo(event("KR", 2));

            assertThat(plain.closeNormally().code()).isEqualTo(1000);
            liar.abort();
            gateway.awaitConnections(0);
            assertThat(proxy.output()).doesNotContain("ALERT");
        }
    }

    @Test
    void shouldPassOnRefusalsAndTheFinalClose(RedisFixture redis) {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                HaproxyFixture proxy = proxyTo(gateway);
                WebSocketClient client = client("/").connect()) {
            HandshakeResponse refusal = client("/?channel=nowhere").attempt();
            assertThat(refusal.status()).isEqualTo(404);
            assertThat(refusal.body()).contains("unknown channel");

            gateway.gateway().close();
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(new Closure(1012, "server restarting"));
            assertThat(client("/").attempt().status()).as(proxy.output()).isEqualTo(503);
        }
    }

    private HaproxyFixture proxyTo(RunningGateway gateway) {
        Path pem = folder.resolve("server.pem");
        certificate.writePem(pem);
        return HaproxyFixture.start(
                CONFIGURATION.formatted(port, pem, gateway.gateway().clientPort()), port);
    }

    private WebSocketClientBuilder client(String target) {
        return WebSocketClient.to("wss://localhost:" + port + target).tls(certificate.clientContext());
    }
}
