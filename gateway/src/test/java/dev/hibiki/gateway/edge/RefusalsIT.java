package dev.hibiki.gateway.edge;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.auth.TokenRefusalsIT;
import dev.hibiki.gateway.session.CloseReasonsIT;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Each refusal in the tables of docs/security.md, over a socket, with the metric that counts it. Refusals because of tokens are in
 * {@link TokenRefusalsIT}, those of large headers in {@link LimitsIT}, the ends of admitted sessions in {@link CloseReasonsIT}.
 */
final class RefusalsIT {
    private static final String HANDSHAKES = "hibiki_handshakes_total{status=\"%s\"}";
    private static final String REFUSED = "hibiki_refused_total{reason=\"%s\"}";
    private static final String HEADERS = " HTTP/1.1\nHost: h\nConnection: close\n";
    private static final String UPGRADE_REQUIRED = "426 (?=.*\r\nupgrade: websocket\r\n)"
            + "(?=.*\r\nsec-websocket-version: 13\r\n)(?=.*\r\nconnection: [^\r]*Upgrade)";
    /** An event stream that ends at once and says when to come back. */
    private static final String LATER = "(?s)HTTP/1.1 200 .*\r\ncontent-type: text/event-stream\r\n.*"
            + "\r\nconnection: close\r\n.*\r\nretry: ([1-9]|10)000\n\n";

    /** The gateway's whole answer to a request. */
    private static String answer(RunningGateway gateway, String request) throws IOException {
        try (RawClient client = new RawClient(gateway)) {
            client.send(request);
            return client.readToEndOrReset();
        }
    }

    private static String upgrade(String target, String... headers) {
        String request = RawClient.UPGRADE.replace("GET /ws ", "GET " + target + " ");
        return headers.length == 0 ? request : request.replace("\n\n", "\n" + String.join("\n", headers) + "\n\n");
    }

    private static String stream(String target, String... headers) {
        return "GET /sse" + target + HEADERS + (headers.length == 0 ? "" : String.join("\n", headers) + "\n") + "\n";
    }

    private static void requireEach(RunningGateway gateway, Map<String, String> answers) throws IOException {
        for (Map.Entry<String, String> expected : answers.entrySet()) {
            assertThat(answer(gateway, expected.getKey()))
                    .as(expected.getKey())
                    .startsWith("HTTP/1.1 ")
                    .containsPattern("(?s)^HTTP/1.1 " + expected.getValue());
        }
        assertThat(gateway.connections()).isZero();
    }

    @Test
    void shouldRefuseRequestsThatItDoesNotServe() throws IOException {
        Map<String, String> answers = new LinkedHashMap<>();
        answers.put("nonsense\n\n", "400 ");
        answers.put("GET /%zz" + HEADERS + "\n", "400 .*the path /%zz cannot be decoded: a % is not ");
        answers.put("GET /nothing" + HEADERS + "\n", "404 .*nothing at /nothing");
        answers.put("DELETE /" + HEADERS + "\n", "405 .*\r\nallow: GET, HEAD\r\n");
        answers.put("GET /ws" + HEADERS + "\n", UPGRADE_REQUIRED);
        answers.put("POST /demo/publish" + HEADERS + "Content-Length: 4097\n\n", "413 .*at most 4096 bytes");
        try (RunningGateway gateway = RunningGateway.start()) {
            requireEach(gateway, answers);
            assertThat(gateway.metricSum("hibiki_handshakes_total")).isZero();
            assertThat(gateway.metricSum("hibiki_refused_total")).isZero();
        }
    }

    @Test
    void shouldRefuseInvalidHandshakes() throws IOException {
        Map<String, String> answers = new LinkedHashMap<>();
        answers.put(upgrade("/").replace("GET", "HEAD"), "400 ");
        answers.put(upgrade("/").replace("1.1", "1.0"), UPGRADE_REQUIRED + "(?=.*speaks HTTP/1.0, which)");
        answers.put(
                upgrade("/").replace("Connection: Upgrade\n", "Connection: close\n"),
                UPGRADE_REQUIRED + "(?=.*removed ..Upgrade.. from the Connection)");
        answers.put(
                upgrade("/")
                        .replace("Upgrade: websocket\nConnection: Upgrade\n", "")
                        .replace("1.1", "1.0"),
                UPGRADE_REQUIRED + "(?=.*a proxy on the way removed the Upgrade header. nginx needs: )");
        answers.put(upgrade("/").replace("Key: dGhl", "Key: dGh"), "400 .*Sec-WebSocket-Key");
        answers.put(upgrade("/", "Sec-WebSocket-Extensions: ="), "400 .*Extensions");
        answers.put(upgrade("/").replace("Version: 13", "Version: 8"), UPGRADE_REQUIRED);
        answers.put(upgrade("/").replace("ub25jZQ==", "ub25jZQ"), "400 .*Sec-WebSocket-Key");
        answers.put(upgrade("/", "Sec-WebSocket-Version: 13"), "400 .*more than one Sec-WebSocket-Version");
        answers.put(stream("", "Last-Event-ID: 7", "last-event-id: 7"), "400 .*more than one Last-Event-ID");
        answers.put("\u0016\u0003\u0001\u0002\u0000", "400 .*it is TLS, and this port has none");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--idle-timeout-ms", "300")) {
            requireEach(gateway, answers);
            assertThat(gateway.metric(HANDSHAKES.formatted("400"))).isEqualTo(4);
            assertThat(gateway.metric(HANDSHAKES.formatted("426"))).isEqualTo(4);
            assertThat(gateway.metric(REFUSED.formatted("upgrade_removed"))).isEqualTo(3);
            assertThat(gateway.metric(REFUSED.formatted("no_tls"))).isOne();
            assertThat(log.linesWith("reason=no_tls").toString()).contains("--tls-cert-file", "ws://");
        }
    }

    @Test
    void shouldRefuseInvalidSelectionsAndOriginsOnWebSocketsAndEventStreams() throws IOException {
        Map<String, String> answers = new LinkedHashMap<>();
        for (boolean webSocket : new boolean[] {true, false}) {
            for (Map.Entry<String, String> asked : Map.of(
                            "?channel=nowhere", "404 .*unknown channel",
                            "?region=%zz", "400 .*the parameter region cannot be decoded: a % is not ",
                            "?last_id=a&last_id=b&last_id=c", "400 .*too many last ids: 3 .expected: at most 2",
                            "?region=a&region=b&region=c", "400 .*too many topics: 3 .*expected: at most 2")
                    .entrySet()) {
                String target = asked.getKey();
                answers.put(webSocket ? upgrade("/ws" + target) : stream(target), asked.getValue());
            }
            String origin = "Origin: https://b.example";
            answers.put(
                    webSocket ? upgrade("/ws", origin) : stream("", origin),
                    "403 .*pages of this origin may not connect");
        }
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start(
                        "--max-topics", "2", "--allowed-origin", "https://a.example", "--idle-timeout-ms", "300")) {
            requireEach(gateway, answers);
            assertThat(gateway.metric(HANDSHAKES.formatted("404"))).isEqualTo(2);
            assertThat(gateway.metric(HANDSHAKES.formatted("400"))).isEqualTo(6);
            assertThat(gateway.metric(HANDSHAKES.formatted("403"))).isEqualTo(2);
            assertThat(gateway.metric(REFUSED.formatted("topics"))).isEqualTo(4);
            assertThat(gateway.metric(REFUSED.formatted("origin"))).isEqualTo(2);
            assertThat(log.linesWith("too many topics"))
                    .isNotEmpty()
                    .allMatch(line -> line.contains("option=--max-topics"));
        }
    }

    @Test
    void shouldCloseSlowConnectionsAndCountOnlyThoseWithoutAWholeRequest() throws IOException {
        try (RunningGateway gateway =
                        RunningGateway.start("--request-timeout-ms", "1000", "--idle-timeout-ms", "86400000");
                RawClient kept = new RawClient(gateway)) {
            kept.send(RawClient.GET);
            assertThat(kept.read()).startsWith("HTTP/1.1 426 ");
            assertThat(answer(gateway, "GET / HT")).isEmpty();
            assertThat(answer(gateway, "")).isEmpty();
            gateway.awaitMetric(REFUSED.formatted("request_timeout"), 2);
            kept.send(RawClient.GET);
            assertThat(kept.read()).startsWith("HTTP/1.1 426 ");
        }
        try (RunningGateway gateway =
                RunningGateway.start("--request-timeout-ms", "86400000", "--idle-timeout-ms", "200")) {
            assertThat(answer(gateway, RawClient.GET)).startsWith("HTTP/1.1 426 ");
            assertThat(gateway.metricSum("hibiki_refused_total")).isZero();
        }
    }

    @Test
    void shouldCloseAClientThatSendsRequestsWithoutReadingTheAnswers() throws IOException {
        try (RunningGateway gateway = RunningGateway.start();
                RawClient greedy = new RawClient(gateway)) {
            String many = "GET /hibiki.js HTTP/1.1\nHost: h\n\n".repeat(100);
            CompletableFuture<Void> asking = CompletableFuture.runAsync(() -> {
                try {
                    while (true) {
                        greedy.send(many);
                    }
                } catch (IOException expected) {
                    // The gateway has closed the connection.
                }
            });
            assertThat(asking).succeedsWithin(PATIENCE);
            gateway.awaitMetric("hibiki_sockets", 0);
        }
    }

    @Test
    void shouldCloseATrustedProxysConnectionWithAMalformedHeader() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--trusted-proxy", "127.0.0.1")) {
            assertThat(answer(gateway, "PROXY TCP4 here there 1 2\n" + RawClient.UPGRADE))
                    .isEmpty();
            gateway.awaitMetric(REFUSED.formatted("proxy_header"), 1);
        }
    }

    @Test
    void shouldRefuseEventStreamsWithAddressHeadersFromUntrustedPeers() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--trusted-proxy", "198.51.100.0/24")) {
            assertThat(answer(gateway, stream("", "X-Forwarded-For: 203.0.113.7")))
                    .startsWith("HTTP/1.1 400 ");
            gateway.awaitMetric(REFUSED.formatted("forwarded_for"), 1);
            assertThat(answer(gateway, "PROXY TCP4 203.0.113.7 192.0.2.1 50000 443\n" + stream("")))
                    .isEmpty();
            gateway.awaitMetric(REFUSED.formatted("proxy_header"), 1);
        }
    }

    @Test
    void shouldAnswerEventStreamsOverTheConnectionLimit() throws IOException {
        String browser = "Accept: text/event-stream"; // Every EventSource sends this header.
        try (RunningGateway gateway = RunningGateway.start("--max-connections", "1");
                WebSocketClient inside = gateway.connect("/")) {
            assertThat(answer(gateway, stream("")))
                    .startsWith("HTTP/1.1 503 ")
                    .containsPattern("\r\nretry-after: ([1-9]|10)\r\n");
            assertThat(answer(gateway, stream("", browser))).matches(LATER);
            gateway.awaitMetric(REFUSED.formatted("connections"), 2);
            assertThat(inside.closeNormally().code()).isEqualTo(1000);
        }
        try (RunningGateway gateway =
                        RunningGateway.start("--trusted-proxy", "192.0.2.1", "--max-connections-per-address", "1");
                WebSocketClient inside = gateway.connect("/")) {
            assertThat(answer(gateway, stream("")))
                    .startsWith("HTTP/1.1 429 ")
                    .containsPattern("\r\nretry-after: ([1-9]|10)\r\n");
            assertThat(answer(gateway, stream("", browser))).matches(LATER);
            gateway.awaitMetric(REFUSED.formatted("address_connections"), 2);
            assertThat(inside.closeNormally().code()).isEqualTo(1000);
        }
    }

    @Test
    void shouldTellClientsOfABusyAddressWhenToComeBackOnWebSocketsAndEventStreams() throws IOException {
        try (RunningGateway gateway = RunningGateway.start(
                "--trusted-proxy", "127.0.0.1", "--handshakes-per-address", "1", "--idle-timeout-ms", "300")) {
            String from = "X-Forwarded-For: 203.0.113.7";
            String refused = "(?s)HTTP/1.1 429 .*\r\nretry-after: ([1-9]|10)\r\n.*at most 1 a second.*";
            eventually()
                    .until(() ->
                            answer(gateway, stream("?channel=nowhere", from)).matches(LATER));
            eventually()
                    .until(() ->
                            answer(gateway, upgrade("/?channel=nowhere", from)).matches(refused));
            assertThat(gateway.metric(REFUSED.formatted("address_handshakes"))).isEqualTo(2);
            assertThat(gateway.metric(HANDSHAKES.formatted("1013"))).isOne();
            assertThat(gateway.metric(HANDSHAKES.formatted("429"))).isOne();
            for (int i = 0; i < 20; i++) {
                assertThat(answer(gateway, stream("?channel=nowhere")))
                        .startsWith("HTTP/1.1 404 "); // The request of the proxy itself is not limited.
            }
        }
    }

    @Test
    void shouldRefuseClientsOnKeptConnectionsWhileTheGatewayCloses() throws Exception {
        try (RunningGateway gateway = RunningGateway.start();
                WebSocketClient stubborn =
                        WebSocketClient.to(gateway.ws("/")).answersClose(false).connect();
                RawClient page = new RawClient(gateway);
                RawClient source = new RawClient(gateway)) {
            for (RawClient kept : new RawClient[] {page, source}) {
                kept.send(RawClient.GET);
                assertThat(kept.read()).startsWith("HTTP/1.1 426 ");
            }
            CompletableFuture<Void> closing = gateway.closing();
            eventually().until(() -> gateway.sessions().isEnding());
            page.send(RawClient.UPGRADE);
            source.send("GET /sse HTTP/1.1\nHost: h\n\n");

            assertThat(page.readToEnd())
                    .startsWith("HTTP/1.1 503 ")
                    .containsPattern("\r\nretry-after: ([1-9]|10)\r\n")
                    .contains("the gateway is shutting down");
            assertThat(source.readToEnd()).matches(LATER);
            assertThat(gateway.metric(HANDSHAKES.formatted("503"))).isOne();
            assertThat(gateway.metric(HANDSHAKES.formatted("1012"))).isOne();
            assertThat(stubborn.awaitClose(PATIENCE)).isEqualTo(new Closure(1012, "server restarting"));
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldSendOnlyTheCloseToAPlainClientThatIsRefusedAfterTheUpgrade() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--handshake-rate", "1", "--over-budget", "accept")) {
            eventually().until(() -> {
                try (RawClient page = new RawClient(gateway)) {
                    page.send(RawClient.UPGRADE);
                    String answer = page.read();
                    assertThat(answer).startsWith("HTTP/1.1 101 ").doesNotContain("bye", "error");
                    return answer.endsWith("overloaded: too many new clients at once");
                }
            });
            // An answer that arrived in two parts looks admitted above, so only the metric tells.
            eventually().until(() -> gateway.metric(HANDSHAKES.formatted("1013")) >= 1);
        }
    }
}
