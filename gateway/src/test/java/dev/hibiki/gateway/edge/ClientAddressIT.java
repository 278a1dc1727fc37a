package dev.hibiki.gateway.edge;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.HaproxyFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway takes a client's address only from trusted proxies. */
final class ClientAddressIT {
    private static final byte[] V1 =
            "PROXY TCP4 203.0.113.7 192.0.2.1 50000 443\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] V2 =
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "2111000ccb007107c0000201c35001bb");
    private static final String[] TRUSTING = {"--trusted-proxy", "127.0.0.0/8"};
    private static final String[] DOUBTING = {"--trusted-proxy", "198.51.100.0/24"};
    private static final String OPENED = "DEBUG Session opened";
    private static final String CLOSED = "DEBUG Session closed";
    private static final String REFUSED = "hibiki_refused_total{reason=\"%s\"}";

    private static List<String> linesWith(LogCapture log, String... parts) {
        return log.lines().stream()
                .filter(line -> Arrays.stream(parts).allMatch(line::contains))
                .toList();
    }

    private static void awaitLine(LogCapture log, String... parts) {
        RunningGateway.eventually().until(() -> !linesWith(log, parts).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll", "auto"})
    void shouldUseTheAddressFromATrustedProxyOnEveryTransport(String transport) {
        try (LogCapture log = LogCapture.startOfEverything();
                RunningGateway gateway =
                        RunningGateway.start("--trusted-proxy", "127.0.0.0/8", "--transport", transport)) {
            for (byte[] header : new byte[][] {V1, V2}) {
                try (WebSocketClient client =
                        WebSocketClient.to(gateway.ws("/")).preamble(header).connect()) {
                    gateway.post("/publish/" + Events.CHANNEL, Events.event("JP", 1));
                    assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
                }
                gateway.awaitConnections(0);
            }
            assertThat(linesWith(log, OPENED, " address=203.0.113.7 ")).hasSize(2);
            awaitLine(log, CLOSED, " address=203.0.113.7 ");
        }
    }

    @Test
    void shouldKeepTheProxysAddressForConnectionsWithoutAHeaderAndHealthChecks() throws IOException {
        try (LogCapture log = LogCapture.startOfEverything();
                RunningGateway gateway = RunningGateway.start(TRUSTING)) {
            gateway.connect("/").close();
            awaitLine(log, CLOSED, " address=127.0.0.1:");
            byte[] local = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "20000000");
            WebSocketClient.to(gateway.ws("/")).preamble(local).connect().close();
            RunningGateway.eventually()
                    .until(() -> linesWith(log, CLOSED, " address=127.0.0.1:").size() == 2);
            assertThat(gateway.metricSum("hibiki_refused_total")).isZero();
        }
    }

    @Test
    void shouldUseTheRightmostUntrustedAddressOfXForwardedFor() {
        try (LogCapture log = LogCapture.startOfEverything();
                RunningGateway gateway = RunningGateway.start(TRUSTING)) {
            WebSocketClient.to(gateway.ws("/"))
                    .header("X-Forwarded-For", "198.51.100.1, 203.0.113.8, 127.0.0.3")
                    .connect()
                    .close();
            awaitLine(log, OPENED, " address=203.0.113.8 ");
            awaitLine(log, CLOSED, " address=203.0.113.8 ");
        }
    }

    @Test
    void shouldRefuseAddressHeadersFromOtherPeers() throws IOException {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start(DOUBTING)) {
            for (byte[] header : new byte[][] {V1, V2}) {
                try (RawClient stranger = new RawClient(gateway)) {
                    stranger.send(header);
                    stranger.send(RawClient.UPGRADE);
                    assertThat(stranger.readToEndOrReset()).isEmpty();
                }
            }
            gateway.awaitMetric(REFUSED.formatted("proxy_header"), 2);

            HandshakeResponse response = WebSocketClient.to(gateway.ws("/"))
                    .header("X-Forwarded-For", "203.0.113.7")
                    .attempt();
            assertThat(response.status()).isEqualTo(400);
            assertThat(response.body()).contains("X-Forwarded-For");
            gateway.awaitMetric(REFUSED.formatted("forwarded_for"), 1);

            assertThat(linesWith(log, "WARN Refused", " address=127.0.0.1:")).hasSize(3);
            gateway.connect("/").close();
        }
    }

    @Test
    void shouldIgnoreXForwardedForAndRefuseAProxyHeaderWithoutTrustedProxies() throws IOException {
        try (LogCapture log = LogCapture.startOfEverything();
                RunningGateway gateway = RunningGateway.start()) {
            WebSocketClient.to(gateway.ws("/"))
                    .header("X-Forwarded-For", "203.0.113.7")
                    .connect()
                    .close();
            awaitLine(log, CLOSED, " address=127.0.0.1:");

            for (byte[] header : new byte[][] {V1, V2}) {
                try (RawClient stranger = new RawClient(gateway)) {
                    stranger.send(header);
                    stranger.send(RawClient.UPGRADE);
                    assertThat(stranger.readToEndOrReset()).isEmpty();
                }
            }
            gateway.awaitMetric(REFUSED.formatted("proxy_header"), 2);
            assertThat(log.linesWith("WARN Refused")).hasSize(2).allMatch(line -> line.contains("--trusted-proxy"));
            assertThat(log.linesWith(" address=203.0.113.7 ")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"send-proxy", "send-proxy-v2"})
    void shouldLearnTheClientsAddressFromARealHaproxy(String how) {
        int port = Ports.free();
        try (LogCapture log = LogCapture.startOfEverything();
                RunningGateway gateway = RunningGateway.start(TRUSTING);
                HaproxyFixture proxy = HaproxyFixture.start(
                        """
                        defaults
                          mode http
                          timeout connect 5s
                          timeout client 30s
                          timeout server 30s
                        frontend web
                          bind 127.0.0.1:%d
                          http-request set-src str(203.0.113.44)
                          default_backend gateway
                        backend gateway
                          server one 127.0.0.1:%d %s check
                        """.formatted(port, gateway.gateway().clientPort(), how), port);
                WebSocketClient client =
                        WebSocketClient.to("ws://127.0.0.1:" + port + "/").connect()) {
            gateway.post("/publish/" + Events.CHANNEL, Events.event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
            awaitLine(log, OPENED, " address=203.0.113.44 ");
            assertThat(proxy.output()).doesNotContain("ALERT");
            assertThat(gateway.metricSum("hibiki_refused_total")).isZero();
        }
    }
}
