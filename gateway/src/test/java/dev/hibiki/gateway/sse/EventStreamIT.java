package dev.hibiki.gateway.sse;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.BrowserFixture;
import dev.hibiki.testing.HaproxyFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Event streams reach the EventSource of a browser through HAProxy, and a plain HTTP client. */
@ExtendWith(RedisExtension.class)
final class EventStreamIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static final String PAGE = """
            <!DOCTYPE html><html><head><meta charset="utf-8"></head><body><script>
            window.received = [];
            window.opened = 0;
            const source = new EventSource('http://127.0.0.1:%d/sse?region=JP');
            source.onopen = () => window.opened++;
            source.onmessage = (event) => window.received.push(JSON.parse(event.data).title);
            source.addEventListener('gap', (event) => window.received.push('gap'));
            </script></body></html>
            """;

    private static String json(String title, String region) {
        return "{\"event\":\"new_trending\",\"region\":\"" + region + "\",\"title\":\"" + title + "\"}";
    }

    private static HaproxyFixture proxy(int port, int gatewayPort) {
        return HaproxyFixture.start("""
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 60s
                  timeout server 60s
                frontend web
                  bind 127.0.0.1:%d
                  default_backend push
                backend push
                  server hibiki 127.0.0.1:%d
                """.formatted(port, gatewayPort), port);
    }

    @Test
    void shouldLetABrowserReconnectAndMissNoEvent(RedisFixture redis) throws IOException {
        int port = Ports.free();
        HttpServer site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.createContext("/", exchange -> {
            byte[] page = PAGE.formatted(port).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            try (exchange) {
                exchange.getResponseBody().write(page);
            }
        });
        site.start();
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                BrowserFixture browser = BrowserFixture.start()) {
            redis.publish(CHANNEL, json("before", "JP"));
            gateway.awaitMetric("hibiki_events_in_total", 1);
            HaproxyFixture proxy = proxy(port, gateway.gateway().clientPort());
            try {
                browser.driver().get("http://127.0.0.1:" + site.getAddress().getPort() + "/");
                await().atMost(PATIENCE).until(() -> number(browser, "window.opened") == 1);
                // From here on the browser has an id to resume from, although it has seen no event yet.
                gateway.awaitMetric("hibiki_connections{region=\"US\"}", 1);
            } finally {
                proxy.close();
            }
            gateway.awaitMetric("hibiki_connections{region=\"US\"}", 0);
            redis.publish(CHANNEL, json("新しい動画", "JP"));
            redis.publish(CHANNEL, json("다른 나라", "KR"));
            redis.publish(CHANNEL, json("二つ目", "JP"));
            gateway.awaitMetric("hibiki_events_in_total", 4);
            try (HaproxyFixture back = proxy(port, gateway.gateway().clientPort())) {
                await().atMost(PATIENCE).until(() -> number(browser, "window.opened") == 2);
                redis.publish(CHANNEL, json("live", "JP"));
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(browser.driver().executeScript("return window.received"))
                                .isEqualTo(List.of("新しい動画", "二つ目", "live")));
                assertThat(back.output()).doesNotContain("ALERT");
            }
        } finally {
            site.stop(0);
        }
    }

    private static long number(BrowserFixture browser, String expression) {
        return browser.driver().executeScript("return " + expression) instanceof Number number
                ? number.longValue()
                : -1;
    }

    private static EventStreamReader open(RunningGateway gateway, String query, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(gateway, query));
        return EventStreamReader.open(HTTP, (headers.length == 0 ? request : request.headers(headers)).build());
    }

    private static URI uri(RunningGateway gateway, String query) {
        return URI.create("http://127.0.0.1:" + gateway.gateway().clientPort() + "/sse" + query);
    }

    @Test
    void shouldResumeFromTheHeaderOrTheQueryAndReportAGapForAnUnknownId() throws Exception {
        try (RunningGateway gateway = RunningGateway.start()) {
            for (String id : List.of("a", "b", "c")) {
                gateway.post("/publish/" + CHANNEL, "{\"id\":\"" + id + "\"}");
            }
            EventStreamReader byHeader = open(gateway, "?last_id=a", "Last-Event-ID", "b");
            EventStreamReader byQuery = open(gateway, "?last_id=b");
            EventStreamReader unknown = open(gateway, "?last_id=x");

            assertThat(byHeader.next("data: ")).contains("\"c\"");
            assertThat(byQuery.next("data: ")).contains("\"c\"");
            assertThat(unknown.next("id: ")).isEqualTo("id: c");
            assertThat(unknown.next("event: ")).isEqualTo("event: gap");
        }
    }

    @Test
    void shouldTellAGapWhenWhatIsNamedCannotBeAnId() throws Exception {
        try (RunningGateway gateway = RunningGateway.start();
                RawClient malformed = new RawClient(gateway)) {
            gateway.post("/publish/" + CHANNEL, "{\"id\":\"a\"}");
            EventStreamReader empty = open(gateway, "?last_id=");
            EventStreamReader controls = open(gateway, "?last_id=a", "Last-Event-ID", "a\tb");
            EventStreamReader tooLong = open(gateway, "?last_id=a", "Last-Event-ID", "a".repeat(257));
            malformed.send("GET /sse?lastEventId=%zz HTTP/1.0\n\n");

            for (EventStreamReader told : List.of(empty, controls, tooLong)) {
                assertThat(told.next("id: ")).isEqualTo("id: a");
                assertThat(told.next("event: ")).isEqualTo("event: gap");
            }
            gateway.awaitMetric("hibiki_resumes_total{result=\"gap\"}", 4);
        }
    }

    @Test
    void shouldWriteIdsAsThePublisherDidAndResumeFromThem() throws Exception {
        try (RunningGateway gateway = RunningGateway.start()) {
            EventStreamReader live = open(gateway, "");
            live.next("retry: "); // Later, the events are live for it.
            gateway.post(
                    "/publish/" + CHANNEL,
                    "[{\"id\":7.0},{\"id\":1e5},{\"id\":-0},{\"id\":\" a \"},{\"id\":9007199254741011}]");
            gateway.post("/publish/" + CHANNEL, "{\"id\":\"last\"}");
            EventStreamReader replayed = open(gateway, "?lastEventId=7.0&last_id=1e5");
            for (EventStreamReader reader : List.of(live, replayed)) {
                assertThat(reader.next("id: ")).isEqualTo("id: 7.0"); // It is where the replayed stream begins.
                for (String id : List.of("1e5", "-0", " a ", "9007199254741011", "last")) {
                    assertThat(reader.next("id: ")).isEqualTo("id: " + id);
                }
            }
            assertThat(open(gateway, "?last_id=+a%20").next("data: ")).contains("9007199254741011");
            assertThat(open(gateway, "", "Last-Event-ID", "9007199254741011").next("data: "))
                    .contains("last");
        }
    }

    @Test
    void shouldEndTheStreamInOrderWhenTheGatewayCloses() throws Exception {
        EventStreamReader lines;
        try (RunningGateway gateway = RunningGateway.start()) {
            lines = open(gateway, "");
            assertThat(lines.next("retry: ")).startsWith("retry: ");
        }
        assertThat(lines.next("retry: "))
                .satisfies(retry -> assertThat(Integer.parseInt(retry.substring("retry: ".length())))
                        .isBetween(500, 7_999));
        assertThat(lines.next("event: ")).isEqualTo("event: bye");
        assertThat(lines.next("data: ")).isEqualTo("data: {\"code\":1012,\"retry_ms\":[500,8000]}");
        assertThat(lines.next("end")).isEqualTo("end");
    }

    @Test
    void shouldAnswerPagesOfAllowedOriginsOnly() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--allowed-origin", "https://a.example")) {
            EventStreamReader allowed = open(gateway, "", "Origin", "https://a.example");
            assertThat(allowed.next("HTTP")).endsWith(" 200");
            HttpResponse<String> refused = HTTP.send(
                    HttpRequest.newBuilder(uri(gateway, ""))
                            .header("Origin", "https://b.example")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.headers().map()).doesNotContainKey("access-control-allow-origin");
            HttpResponse<String> preflight = HTTP.send(
                    HttpRequest.newBuilder(uri(gateway, ""))
                            .header("Origin", "https://a.example")
                            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(preflight.headers().firstValue("access-control-allow-origin"))
                    .hasValue("https://a.example");
            assertThat(preflight.headers().firstValue("access-control-allow-headers"))
                    .hasValue("last-event-id, authorization");
        }
    }

    @Test
    void shouldRefuseInvalidRequestsAsForWebSockets() throws Exception {
        try (RunningGateway gateway = RunningGateway.start()) {
            HttpResponse<String> response = HTTP.send(
                    HttpRequest.newBuilder(uri(gateway, "?channel=nowhere")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.0\n\n", "HTTP/1.0\nConnection: keep-alive\n\n", "HTTP/1.1\nHost: h\n\n"})
    void shouldStreamWithoutATransferCodingUntilTheConnectionEnds(String request) throws Exception {
        try (RunningGateway gateway = RunningGateway.start();
                RawClient client = new RawClient(gateway)) {
            gateway.post("/publish/" + CHANNEL, "{\"id\":\"a\"}");
            client.send("GET /sse?last_id=x " + request);
            gateway.awaitMetric("hibiki_connections{region=\"US\"}", 1);
            gateway.post("/publish/" + CHANNEL, "{\"id\":\"b\"}");
            gateway.awaitMetric("hibiki_deliveries_total", 1);
            gateway.gateway().close();

            String[] parts = client.readToEnd().split("\r\n\r\n", 2);
            assertThat(parts[0].toLowerCase(Locale.ROOT))
                    .startsWith("http/1.1 200 ok\r\n")
                    .contains("\r\nconnection: close")
                    .doesNotContain("transfer-encoding", "content-length");
            assertThat(parts[1]).matches("""
                    retry: \\d+
                    id: a

                    event: gap
                    data: \\{"channel":null,"missed":null}

                    id: b
                    data: \\{"id":"b","title":""}

                    retry: \\d+
                    event: bye
                    data: \\{"code":1012,"retry_ms":\\[500,8000]}

                    """);
        }
    }

    @Test
    void shouldAnswerHeadOfHttp10() throws Exception {
        try (RunningGateway gateway = RunningGateway.start();
                RawClient client = new RawClient(gateway)) {
            client.send("HEAD /sse HTTP/1.0\n\n");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 200 ").contains("content-type: text/event-stream\r\n");
        }
    }
}
