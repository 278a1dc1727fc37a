package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.HaproxyFixture;
import dev.hibiki.testing.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Behind a proxy that uses one connection for several clients, no client sends a request that the proxy has not seen. */
final class SmugglingIT {
    private static final String CONFIGURATION = """
            defaults
              mode http
              retries 0
              timeout connect 5s
              timeout client 30s
              timeout server 30s
              timeout tunnel 1h
            frontend web
              bind 127.0.0.1:%d
              option forwardfor
              http-request set-header X-Region JP
              default_backend gateway
            backend gateway
              http-reuse always
              server one 127.0.0.1:%d
            """;

    /** What the proxy would never pass on: an address and a region of the client's choice. */
    private static final String HIDDEN = RawClient.UPGRADE.replace(
            "Host: localhost\n", "Host: localhost\nX-Region: VN\nX-Forwarded-For: 203.0.113.7\n");

    private static final String NEXT = "GET /demo HTTP/1.1\nHost: localhost\nConnection: close\n\n";

    @ParameterizedTest
    @CsvSource({
        "POST /demo/publish, Expect: cheese, 417",
        "POST /demo/publish, Expect: 100-continue, 413",
        "POST /none, Expect: 100-continue, 413",
        "GET /ws, Upgrade: none, 413",
        "POST /none, Content-Encoding: gzip, 415"
    })
    void shouldNotRunAnUpgradeFromTheBodyOfAnotherRequest(String line, String header, int status) throws IOException {
        int port = Ports.free();
        try (RunningGateway gateway = RunningGateway.start("--trusted-proxy", "127.0.0.1");
                HaproxyFixture proxy = HaproxyFixture.start(
                        CONFIGURATION.formatted(port, gateway.gateway().clientPort()), port)) {
            String body = HIDDEN.replace("\n", "\r\n") + (status == 413 ? "x".repeat(5_000) : "");
            try (RawClient attacker = new RawClient(port)) {
                attacker.send(
                        line + " HTTP/1.1\nHost: localhost\n" + header + "\nContent-Length: " + body.length() + "\n\n");
                attacker.send(body.getBytes(StandardCharsets.US_ASCII));
                assertThat(attacker.read()).as(proxy.output()).startsWith("HTTP/1.1 " + status);
                for (int i = 0; i < 3; i++) {
                    try (RawClient victim = new RawClient(port)) {
                        victim.send(NEXT);
                        assertThat(victim.readToEnd())
                                .startsWith("HTTP/1.1 200 ")
                                .contains("\"channels\"");
                    }
                }
            }
            assertThat(gateway.get("/metrics").body())
                    .doesNotContain("hibiki_handshakes_total{status=\"101\"}")
                    .doesNotContain("region=\"VN\"");
            assertThat(gateway.connections()).isZero();
        }
    }
}
