package dev.hibiki.gateway.redis.stream;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.TcpProxy;
import dev.hibiki.testing.WebSocketClient;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An entry that is too large stops no stream: it is stepped over, and clients are told. */
@ExtendWith(RedisExtension.class)
final class LargeEntriesIT {
    private static final int HUGE = 8_000_000;
    private static final String GAPS = "hibiki_gaps_total{channel=\"a\"}";

    private final RedisFixture redis;
    private final TcpProxy proxy;

    LargeEntriesIT(RedisFixture redis) {
        this.redis = redis;
        this.proxy = TcpProxy.to(redis.port());
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private RunningGateway gateway() {
        return RunningGateway.startReady(
                "--redis", "redis://127.0.0.1:" + proxy.port(), "--source", "streams", "--channel", "a,b");
    }

    private static WebSocketClient client(RunningGateway gateway) {
        return WebSocketClient.to(gateway.ws("/")).subprotocols("hibiki.v1").connect();
    }

    private void add(String key, int number) {
        redis.cli("XADD", key, "*", "data", event("JP", number));
    }

    private String addHuge(String key, int bytes) {
        String add = "return redis.call('XADD', KEYS[1], '*', 'a', '1', 'data', string.rep('x', ARGV[1]))";
        return redis.cli("EVAL", add, "1", key, Integer.toString(bytes));
    }

    private void addFields(String key, int fields) {
        String add = "local all = {} for i = 1, 2 * ARGV[1] do all[i] = i .. string.rep('x', 100) end"
                + " redis.call('XADD', KEYS[1], '*', unpack(all))";
        redis.cli("EVAL", add, "1", key, Integer.toString(fields));
    }

    private static void awaitEvents(WebSocketClient client, int... numbers) {
        for (int number : numbers) {
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", number));
        }
    }

    private static void awaitGap(WebSocketClient client, String channel) {
        assertThat(client.awaitText(PATIENCE))
                .isEqualTo("{\"$\":{\"gap\":{\"channel\":\"" + channel + "\",\"missed\":1}}}");
    }

    @Test
    void shouldStepOverEntriesThatWouldTakeTooLongToRead() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway();
                WebSocketClient client = client(gateway)) {
            proxy.slowDown(1_200_000);
            client.awaitText(PATIENCE); // The greeting.
            add("a", 1);
            awaitEvents(client, 1);
            long before = proxy.answerBytes();
            String first = addHuge("a", HUGE);
            String second = addHuge("a", HUGE);
            add("a", 2);
            add("b", 3);
            awaitGap(client, "a");
            awaitGap(client, "a");
            awaitEvents(client, 2, 3);
            assertThat(proxy.answerBytes() - before)
                    .as("it is not read to its end")
                    .isLessThan(HUGE);
            for (String id : List.of(first, second)) {
                assertThat(log.linesWith("Entry " + id + " of the stream \"a\" cannot be read"))
                        .hasSize(1);
            }
            assertThat(gateway.metric(GAPS)).isEqualTo(2);
            assertThat(log.linesWith("Lost Redis")).isEmpty();
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
        }
    }

    /** XINFO STREAM repeats the first entry, so the question why a read is refused meets it again. */
    @Test
    void shouldReadOnWhenAKeyIsRefusedBesideAStreamThatBeginsWithSuchAnEntry() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway();
                WebSocketClient client = client(gateway)) {
            client.awaitText(PATIENCE);
            proxy.slowDown(1_200_000);
            addHuge("a", HUGE);
            add("a", 1);
            awaitGap(client, "a");
            awaitEvents(client, 1);
            redis.cli("SET", "b", "text");
            add("a", 2);
            awaitEvents(client, 2);
            eventually()
                    .untilAsserted(() -> assertThat(gateway.get("/readyz").body())
                            .startsWith("ok: ")
                            .contains("\"b\": 127.0.0.1:" + proxy.port() + ": WRONGTYPE"));
            redis.cli("SET", "a", "text");
            gateway.awaitNotReady("\"a\": 127.0.0.1:" + proxy.port() + ": WRONGTYPE");
            redis.cli("DEL", "a", "b");
            add("b", 3);
            gateway.awaitReady();
            assertThat(log.linesWith("Lost Redis")).isEmpty();
        }
    }

    @Test
    void shouldReadALargeEntryThatComesFastWithoutAnotherConnection() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway();
                WebSocketClient client = client(gateway)) {
            client.awaitText(PATIENCE);
            addHuge("a", HUGE);
            addFields("a", 3_000);
            add("a", 2);
            awaitGap(client, "a");
            awaitGap(client, "a");
            awaitEvents(client, 2);
            assertThat(log.linesWith("INFO Reading 2 streams")).hasSize(1);
        }
    }

    @Test
    void shouldLoadAroundEntriesThatWouldTakeTooLongToRead() {
        add("a", 1);
        addHuge("a", HUGE);
        add("b", 2);
        addHuge("b", HUGE);
        add("a", 3);
        proxy.slowDown(1_200_000);
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway();
                WebSocketClient client = WebSocketClient.to(gateway.ws("/?last_id=e1"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"gap\"");
            awaitGap(client, "a");
            awaitEvents(client, 2);
            awaitGap(client, "b");
            awaitEvents(client, 3);
            add("b", 4);
            awaitEvents(client, 4);
            assertThat(log.linesWith("Lost Redis")).isEmpty();
            gateway.awaitMetric("hibiki_events_in_total", 4);
        }
    }

    @Test
    void shouldReadEventsThatTakeLongTogetherWithoutAnOutage() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway();
                WebSocketClient client = client(gateway)) {
            client.awaitText(PATIENCE);
            proxy.slowDown(1_500_000);
            String large = event("JP", 1).replace("\"title\":\"", "\"title\":\"" + "x".repeat(60_000));
            for (int i = 0; i < 100; i++) {
                redis.cli("XADD", "a", "*", "data", large);
            }
            for (int i = 0; i < 100; i++) {
                assertThat(client.awaitText(PATIENCE)).hasSizeGreaterThan(60_000);
            }
            assertThat(log.linesWith("Lost Redis")).isEmpty();
            assertThat(gateway.metric(GAPS)).isZero();
        }
    }

    @Test
    void shouldReadOnWhenSomebodyWritesToTheStreamOfProbes() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis",
                        "redis://127.0.0.1:" + proxy.port(),
                        "--source",
                        "streams",
                        "--channel",
                        "a,b",
                        "--canary-interval-ms",
                        "2000");
                WebSocketClient client = client(gateway)) {
            client.awaitText(PATIENCE);
            eventually().until(() -> !redis.cli("KEYS", "hibiki:canary:*").isBlank());
            String probes = redis.cli("KEYS", "hibiki:canary:*").strip();
            proxy.slowDown(1_200_000);
            addHuge(probes, HUGE);
            add("a", 1);
            awaitEvents(client, 1);
            redis.cli("SET", probes, "text");
            add("a", 2);
            add("b", 3);
            awaitEvents(client, 2, 3);
            add("a", 4);
            awaitEvents(client, 4);
            assertThat(log.linesWith("Lost Redis")).isEmpty();
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
        }
    }
}
