package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.gateway.support.ProductionProxy;
import dev.hibiki.testing.BrowserFixture;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients use two gateways through the shipped {@code scripts/haproxy/haproxy.cfg}. */
@ExtendWith(RedisExtension.class)
final class HaproxyIT {
    /** The page was fetched over HTTP/2, so that its clients use HTTP/2 too. */
    private static final String BROWSER_CLIENTS = """
            window.received = [];
            window.opened = 0;
            const socket = new WebSocket('wss://' + location.host + '/ws?region=JP');
            const source = new EventSource('/sse?region=JP');
            socket.onopen = source.onopen = () => window.opened++;
            socket.onmessage = (event) => window.received.push('socket ' + JSON.parse(event.data).title);
            source.onmessage = (event) => window.received.push('source ' + JSON.parse(event.data).title);
            window.leave = () => { socket.close(); source.close(); };
            """;

    @TempDir
    private Path folder;

    private static RunningGateway gateway(RedisFixture redis) {
        return RunningGateway.startReady("--redis", redis.uri());
    }

    private static ProductionProxy between(Path folder, RunningGateway one, RunningGateway two) {
        return new ProductionProxy(folder)
                .gateway("ONE", one.gateway().clientPort(), one.gateway().adminPort())
                .gateway("TWO", two.gateway().clientPort(), two.gateway().adminPort());
    }

    @Test
    void shouldSpreadWebSocketsOverTheGatewaysAndSetTheirRegions(RedisFixture redis) {
        try (RunningGateway one = gateway(redis);
                RunningGateway two = gateway(redis);
                ProductionProxy proxy = between(folder, one, two).start();
                WebSocketClient plain = proxy.client("/").connect();
                WebSocketClient liar =
                        proxy.client("/ws").header("X-Region", "KR").compress().connect()) {
            for (RunningGateway gateway : List.of(one, two)) {
                gateway.awaitMetric("hibiki_connections{region=\"JP\"}", 1);
                assertThat(gateway.metric("hibiki_connections{region=\"KR\"}")).isZero();
            }
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(plain.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(liar.awaitText(PATIENCE)).isEqualTo(event("JP", 1));

            assertThat(plain.closeNormally().code()).isEqualTo(1000);
            eventually().until(() -> proxy.ended().size() == 1);
            assertThat(proxy.ended().get(0)).contains(" 101 ", " alpn=http/1.1 region=JP \"GET / HTTP/1.1\"");
        }
    }

    @Test
    void shouldServeABrowserOverHttp2(RedisFixture redis) {
        try (RunningGateway one = gateway(redis);
                RunningGateway two = gateway(redis);
                ProductionProxy proxy = between(folder, one, two).start();
                BrowserFixture browser = BrowserFixture.start(BrowserFixture.IGNORE_CERTIFICATE_ERRORS)) {
            browser.driver().get(proxy.url("/style.css"));
            browser.driver().executeScript(BROWSER_CLIENTS);
            eventually().until(() -> Objects.equals(browser.driver().executeScript("return window.opened"), 2L));

            redis.publish(CHANNEL, event("JP", 1));
            eventually()
                    .untilAsserted(
                            () -> assertThat((List<?>) browser.driver().executeScript("return window.received.sort()"))
                                    .isEqualTo(List.of("socket 新しい動画", "source 新しい動画")));

            browser.driver().executeScript("window.leave()");
            eventually()
                    .untilAsserted(() -> assertThat(proxy.ended())
                            .anyMatch(line -> line.contains(" alpn=h2 ")
                                    && line.contains("/ws?region=JP HTTP/2.0\"")
                                    && line.matches(".* (101|200) .*"))
                            .anyMatch(
                                    line -> line.contains(" alpn=h2 ") && line.contains("/sse?region=JP HTTP/2.0\"")));
        }
    }

    @Test
    void shouldStreamEventsOverHttp2WithoutBuffering(RedisFixture redis) {
        try (RunningGateway one = gateway(redis);
                RunningGateway two = gateway(redis);
                ProductionProxy proxy = between(folder, one, two).start()) {
            EventStreamReader reader =
                    EventStreamReader.open(proxy.http2(), proxy.request("/sse").build());
            assertThat(reader.next("")).isEqualTo("HTTP_2 200");
            assertThat(reader.next("retry: ")).startsWith("retry: ");
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(reader.next("data: ")).isEqualTo("data: " + event("JP", 1));
        }
    }

    /** HTTP/1.1 and HTTP/2 on the side of the client; HAProxy speaks HTTP/1.1 to the gateway. */
    @ParameterizedTest
    @EnumSource
    void shouldPassOnTheEndOfAnEventStream(HttpClient.Version version) {
        try (RunningGateway gateway = RunningGateway.startReady();
                ProductionProxy proxy = between(folder, gateway, gateway).start()) {
            EventStreamReader reader = EventStreamReader.open(
                    proxy.http2(), proxy.request("/sse").version(version).build());
            assertThat(reader.next("HTTP")).isEqualTo(version + " 200");
            assertThat(reader.next("retry: ")).startsWith("retry: ");
            gateway.post("/publish/" + CHANNEL, event("JP", 1));
            assertThat(reader.next("data: ")).isEqualTo("data: " + event("JP", 1));

            gateway.gateway().close();
            assertThat(reader.next("event: ")).isEqualTo("event: bye");
            assertThat(reader.next("end")).isEqualTo("end");
        }
    }

    @Test
    void shouldKeepSessionsThroughAReload(RedisFixture redis) {
        try (RunningGateway one = gateway(redis);
                RunningGateway two = gateway(redis);
                ProductionProxy proxy = between(folder, one, two).start();
                WebSocketClient before = proxy.client("/").connect()) {
            EventStreamReader stream =
                    EventStreamReader.open(proxy.http2(), proxy.request("/sse").build());
            assertThat(stream.next("retry: ")).startsWith("retry: ");

            proxy.reload();
            try (WebSocketClient after = proxy.client("/").connect()) {
                redis.publish(CHANNEL, event("JP", 1));
                assertThat(before.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
                assertThat(after.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
                assertThat(stream.next("data: ")).isEqualTo("data: " + event("JP", 1));
                before.closeNormally();
                after.closeNormally();
            }
            eventually().until(() -> proxy.ended().size() == 2);
            assertThat(proxy.ended().stream().map(HaproxyIT::worker)).doesNotHaveDuplicates();
        }
    }

    private static String worker(String line) {
        return line.replaceFirst(".*haproxy\\[(\\d+)].*", "$1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "default-server send-proxy-v2"})
    void shouldTellTheGatewaysTheAddressesOfClients(String uncommented) {
        try (RunningGateway gateway = RunningGateway.startReady("--trusted-proxy", "127.0.0.1");
                ProductionProxy proxy = between(folder, gateway, gateway);
                WebSocketClient client = (uncommented.isEmpty() ? proxy : proxy.uncomment(uncommented))
                        .start()
                        .client("/")
                        .from("127.0.0.5")
                        .connect()) {
            assertThat(gateway.get("/sessions").body()).contains("\"address\":\"127.0.0.5");
            assertThat(client.unread()).isZero();
        }
    }

    @Test
    void shouldLetClientsResumeOnTheOtherGateway(RedisFixture redis) throws Exception {
        try (GatewayProcess one = streams(redis);
                GatewayProcess two = streams(redis);
                ProductionProxy proxy = new ProductionProxy(folder)
                        .gateway("ONE", one.port(), one.adminPort())
                        .gateway("TWO", two.port(), two.adminPort())
                        .start();
                WebSocketClient client = proxy.client("/").connect()) {
            GatewayProcess its = connections(one) == 1 ? one : two;
            assertThat(connections(one) + connections(two)).isEqualTo(1);
            String seen = add(redis, 1);
            assertThat(client.awaitText(PATIENCE)).contains("\"id\":\"e1\"");

            its.kill();
            assertThat(client.awaitClose(PATIENCE)).extracting(Closure::code).isEqualTo(1006);
            add(redis, 2);
            try (WebSocketClient back = proxy.client("/?last_id=" + seen).connect()) {
                assertThat(back.awaitText(PATIENCE)).contains("\"id\":\"e2\"");
                add(redis, 3);
                assertThat(back.awaitText(PATIENCE)).contains("\"id\":\"e3\"");
                assertThat(connections(its == one ? two : one)).isEqualTo(1);
            }
        }
    }

    private static GatewayProcess streams(RedisFixture redis) throws Exception {
        return GatewayProcess.jar("--redis", redis.uri(), "--source", "streams").start();
    }

    /** Adds an event and returns the id to resume after it. */
    private static String add(RedisFixture redis, long sequence) {
        redis.cli("XADD", CHANNEL, "*", "data", event("JP", sequence));
        return "e" + sequence;
    }

    private static long connections(GatewayProcess gateway) {
        return Http.get(gateway.admin("/metrics"))
                .body()
                .lines()
                .filter(line -> line.equals("hibiki_connections{region=\"JP\"} 1.0"))
                .count();
    }
}
