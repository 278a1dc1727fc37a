package dev.hibiki.gateway.edge;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The limits on connections and messages hold, and a closed connection makes room for another. */
final class LimitsIT {
    private static final String REFUSED = "hibiki_refused_total{reason=\"%s\"}";

    private static byte[] proxied(String address) {
        return ("PROXY TCP4 " + address + " 192.0.2.1 50000 443\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void shouldAcceptNoMoreConnectionsThanTheTotalLimit() {
        try (RunningGateway gateway = RunningGateway.start("--max-connections", "3")) {
            List<WebSocketClient> inside = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                inside.add(gateway.connect("/"));
            }
            HandshakeResponse refusal = WebSocketClient.to(gateway.ws("/")).attempt();
            assertThat(refusal.status()).isEqualTo(503);
            assertThat(refusal.header("Retry-After")).isPresent();
            assertThat(refusal.body()).contains("too many connections (expected: at most 3)");
            gateway.awaitMetric(REFUSED.formatted("connections"), 1);
            assertThat(gateway.metric("hibiki_sockets_max")).isEqualTo(3);

            inside.remove(0).close();
            gateway.awaitMetric("hibiki_sockets", 2);
            gateway.connect("/").close();
            inside.forEach(WebSocketClient::close);
            gateway.awaitMetric("hibiki_sockets", 0);
        }
    }

    @Test
    void shouldLimitEachAddressBehindAProxyButNotTheProxy() {
        try (RunningGateway gateway =
                        RunningGateway.start("--trusted-proxy", "127.0.0.1", "--max-connections-per-address", "2");
                WebSocketClient one = WebSocketClient.to(gateway.ws("/"))
                        .preamble(proxied("203.0.113.7"))
                        .connect();
                WebSocketClient two = WebSocketClient.to(gateway.ws("/"))
                        .header("X-Forwarded-For", "203.0.113.7")
                        .connect()) {
            HandshakeResponse third = WebSocketClient.to(gateway.ws("/"))
                    .preamble(proxied("203.0.113.7"))
                    .attempt();
            assertThat(third.status()).isEqualTo(429);
            assertThat(third.body()).contains("too many connections from this address (expected: at most 2)");
            assertThat(third.header("Retry-After")).isPresent();
            assertThat(WebSocketClient.to(gateway.ws("/"))
                            .header("X-Forwarded-For", "203.0.113.7")
                            .attempt()
                            .status())
                    .isEqualTo(429);
            gateway.awaitMetric(REFUSED.formatted("address_connections"), 2);

            WebSocketClient.to(gateway.ws("/"))
                    .preamble(proxied("203.0.113.8"))
                    .connect()
                    .close();
            for (int i = 0; i < 3; i++) {
                gateway.connect("/").close();
            }
            gateway.awaitMetric("hibiki_addresses", 1);
            assertThat(one.closeNormally().code()).isEqualTo(1000);
            two.abort();
            gateway.awaitMetric("hibiki_addresses", 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll", "auto"})
    void shouldForgetEachConnectionHoweverItEnded(String transport) throws IOException {
        try (RunningGateway gateway = RunningGateway.start(
                "--transport",
                transport,
                "--event-loops",
                "3",
                "--trusted-proxy",
                "127.0.0.2",
                "--ping-interval-ms",
                "300",
                "--request-timeout-ms",
                "300",
                "--idle-timeout-ms",
                "300",
                "--max-connections-per-address",
                "150")) {
            try (WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/")).connect(120, PATIENCE)) {
                assertThat(gateway.metric("hibiki_addresses")).isOne();
                swarm.closeNormally(0, 40);
                swarm.abort(40, 80);
                swarm.stall(80, 120); // These clients answer no ping and are reset.
                gateway.awaitConnections(0);
            }
            try (RawClient silent = new RawClient(gateway);
                    RawClient slow = new RawClient(gateway);
                    RawClient page = new RawClient(gateway);
                    RawClient nonsense = new RawClient(gateway);
                    RawClient half = new RawClient(gateway);
                    RawClient stream = new RawClient(gateway);
                    RawClient liar = new RawClient(gateway);
                    RawClient rude = new RawClient(gateway)) {
                slow.send("GET / HT");
                page.send("GET /hibiki.js HTTP/1.1\nHost: h\n\n");
                nonsense.send("nonsense\n\n");
                half.send(RawClient.UPGRADE);
                half.stopSending();
                stream.send("GET /sse HTTP/1.1\nHost: h\n\n");
                liar.send(proxied("203.0.113.7"));
                rude.send("GET /" + "x".repeat(20_000));
                assertThat(stream.read()).startsWith("HTTP/1.1 200 ");
                stream.stopSending();
                assertThat(silent.readToEndOrReset()).isEmpty();
                assertThat(slow.readToEndOrReset()).isEmpty();
                assertThat(page.readToEndOrReset()).startsWith("HTTP/1.1 200 ");
                assertThat(nonsense.readToEndOrReset()).startsWith("HTTP/1.1 400 ");
                assertThat(half.readToEndOrReset()).startsWith("HTTP/1.1 101 ");
                assertThat(liar.readToEndOrReset()).isEmpty();
                assertThat(rude.readToEndOrReset()).startsWith("HTTP/1.1 414 ");
                gateway.awaitMetric(REFUSED.formatted("request_timeout"), 2);
                gateway.awaitMetric(REFUSED.formatted("header_bytes"), 1);
            }
            gateway.awaitMetric("hibiki_sockets", 0);
            gateway.awaitMetric("hibiki_addresses", 0);
        }
    }

    @Test
    void shouldAnswerSomeOfManyRefusedConnectionsAndDropTheRest() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--max-connections", "1");
                WebSocketClient inside = gateway.connect("/")) {
            List<RawClient> crowd = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                crowd.add(new RawClient(gateway));
            }
            gateway.awaitMetric(REFUSED.formatted("connections"), 100);
            gateway.awaitMetric("hibiki_sockets", 1 + 64);
            crowd.get(0).send(RawClient.UPGRADE);
            assertThat(crowd.get(0).readToEndOrReset()).startsWith("HTTP/1.1 503 ");
            for (RawClient one : crowd) {
                one.close();
            }
            gateway.awaitMetric("hibiki_sockets", 1);
            assertThat(inside.closeNormally().code()).isEqualTo(1000);
        }
    }

    @Test
    void shouldNameTheLimitOfHeadersAndItsOption() throws IOException {
        String many = "x".repeat(1_100);
        Map<String, String> answers = Map.of(
                "GET /ws?region=" + many + " HTTP/1.1\nHost: h\n\n", "414 .*the first line of the request is too long ",
                "GET /sse HTTP/1.1\nHost: h\nX: " + many + "\n\n", "431 .*the headers of the request are too large ");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--max-header-bytes", "1k")) {
            for (Map.Entry<String, String> expected : answers.entrySet()) {
                try (RawClient client = new RawClient(gateway)) {
                    client.send(expected.getKey());
                    assertThat(client.readToEndOrReset())
                            .containsPattern(
                                    "(?s)^HTTP/1.1 " + expected.getValue() + "\\(expected: at most 1024 bytes\\)");
                }
            }
            assertThat(gateway.metric(REFUSED.formatted("header_bytes"))).isEqualTo(2);
            assertThat(log.linesWith("reason=header_bytes"))
                    .hasSize(2)
                    .allMatch(
                            line -> line.contains("at most 1024 bytes") && line.contains("option=--max-header-bytes"));
        }
    }

    @Test
    void shouldCloseAClientThatSendsTooManyMessages() {
        try (RunningGateway gateway = RunningGateway.start();
                WebSocketClient quiet = gateway.connect("/");
                WebSocketClient loud = gateway.connect("/")) {
            for (int i = 0; i < 1_000; i++) {
                loud.sendText("x");
            }
            assertThat(loud.awaitClose(PATIENCE))
                    .isEqualTo(new Closure(1008, "policy violation (expected: at most 100 messages a second)"));
            gateway.awaitMetric(REFUSED.formatted("message_rate"), 1);
            gateway.awaitConnections(1);
            quiet.sendText("x");
            assertThat(quiet.closeNormally().code()).isEqualTo(1000);
        }
    }
}
