package dev.hibiki.gateway.redis.stream;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The gateway reads events from Redis Streams, and loads recent ones at a start. */
@ExtendWith(RedisExtension.class)
final class StreamsIT {
    private static final String UNTITLED = "{\"event\":\"new_trending\",\"region\":\"JP\"}";

    private final RedisFixture redis;

    StreamsIT(RedisFixture redis) {
        this.redis = redis;
    }

    private RunningGateway gateway(String... more) {
        List<String> flags = new ArrayList<>(List.of("--redis", redis.uri(), "--source", "streams"));
        flags.addAll(List.of(more));
        return RunningGateway.startReady(flags.toArray(String[]::new));
    }

    private String add(String json) {
        return redis.cli("XADD", CHANNEL, "*", "data", json);
    }

    /** The publisher of an absent stream often uses another database. */
    @Test
    void shouldNameTheDatabaseAndTheStreamsThatItDoesNotHave() {
        redis.cli("XADD", "elsewhere", "1-0", "data", event("JP", 1));
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis",
                        redis.uri() + "/5",
                        "--source",
                        "streams",
                        "--channel",
                        "elsewhere",
                        "--channel",
                        "ニュース")) {
            String where = "Redis at 127.0.0.1:" + redis.port() + "/5";
            assertThat(gateway.get("/readyz").body()).contains(where);
            assertThat(log.linesWith(
                            "INFO Database 5 of " + where + " has no entries yet of 2 streams: elsewhere, ニュース."))
                    .hasSize(1);
        }
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway("--channel", "elsewhere", "--channel", "ニュース")) {
            assertThat(gateway.get("/readyz").body()).doesNotContain(":" + redis.port() + "/");
            assertThat(log.linesWith("INFO Database 0 of "))
                    .singleElement()
                    .asString()
                    .contains(" of 1 streams: ニュース.");
        }
    }

    @Test
    void shouldDeliverEntriesInOrderWithTheirEntryIdsOrTheirOwnIds() {
        try (RunningGateway gateway = gateway();
                WebSocketClient client = gateway.connect("/")) {
            String first = add(UNTITLED);
            add(event("JP", 1));
            String third = redis.cli("XADD", CHANNEL, "*", "event", "flat", "views", "12", "title", "新しい\"動画\"");

            assertThat(client.awaitText(PATIENCE))
                    .isEqualTo(
                            "{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"\",\"id\":\"" + first + "\"}");
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(Events.fields(client.awaitText(PATIENCE)))
                    .isEqualTo(Map.of("event", "flat", "views", "12", "title", "新しい\"動画\"", "id", third));
            assertThat(gateway.metric("hibiki_source_up{source=\"redis-streams\"}"))
                    .isOne();
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    @Test
    void shouldDeliverAllEventsOfABurstOverSeveralStreams() {
        try (RunningGateway gateway = gateway("--channel", "a,b");
                WebSocketClient client = gateway.connect("/?channel=b")) {
            for (int i = 0; i < 1_000; i++) {
                redis.cli("XADD", i % 3 == 0 ? "a" : "b", "*", "data", event("JP", i));
            }
            for (int i = 0; i < 1_000; i++) {
                if (i % 3 != 0) {
                    assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", i));
                }
            }
            gateway.awaitMetric("hibiki_events_in_total", 1_000);
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    @Test
    void shouldRejectAndCountInvalidEntriesAndContinue() {
        try (RunningGateway gateway = gateway();
                WebSocketClient client = gateway.connect("/")) {
            add("[1]");
            add("{");
            add(event("JP", 1));

            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(gateway.metric(
                            "hibiki_events_rejected_total{channel=\"" + CHANNEL + "\",reason=\"not_object\"}"))
                    .isOne();
            assertThat(gateway.metric("hibiki_events_rejected_total{channel=\"" + CHANNEL + "\",reason=\"not_json\"}"))
                    .isOne();
        }
    }

    @Test
    void shouldLetClientsResumeRightAfterAStart() {
        List<String> ids = IntStream.range(0, 250).mapToObj(i -> add(UNTITLED)).toList();
        try (RunningGateway gateway = gateway();
                WebSocketClient client = gateway.connect("/?last_id=" + ids.get(100))) {
            String live = add(UNTITLED);
            for (String id : ids.subList(101, 250)) {
                assertThat(Events.id(client.awaitText(PATIENCE))).isEqualTo(id);
            }
            assertThat(Events.id(client.awaitText(PATIENCE))).isEqualTo(live);
            gateway.awaitMetric("hibiki_events_in_total", 251);
        }
    }

    @Test
    void shouldLoadStreamsInTheOrderOfTheirIdsAtStart() {
        long nowMs = System.currentTimeMillis();
        for (int i = 0; i < 250; i++) {
            redis.cli("XADD", i % 2 == 0 ? "a" : "b", nowMs - 1_000 + i + "-0", "data", event("JP", i));
        }
        try (RunningGateway gateway = gateway("--channel", "b", "--channel", "a");
                WebSocketClient client = gateway.connect("/?last_id=e0")) {
            for (int i = 1; i < 250; i++) {
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", i));
            }
        }
    }

    @Test
    void shouldLoadNoMoreBytesThanConfigured() {
        int bytes = event("JP", 100).length() + 2 * "新しい動画".length();
        IntStream.range(100, 600).forEach(i -> add(event("JP", i)));
        try (RunningGateway gateway = gateway("--replay-bytes", Integer.toString(250 * bytes + bytes / 2))) {
            gateway.awaitMetric("hibiki_events_in_total", 250);
        }
        try (RunningGateway gateway = gateway("--replay-bytes", "0")) {
            assertThat(gateway.metric("hibiki_events_in_total")).isZero();
        }
    }

    @Test
    void shouldLoadNoEntryThatIsTooOld() {
        long nowMs = System.currentTimeMillis();
        redis.cli("XADD", CHANNEL, nowMs - 7_200_000 + "-0", "data", event("JP", 1));
        redis.cli("XADD", CHANNEL, nowMs - 600_000 + "-0", "data", event("JP", 2));
        redis.cli("XADD", CHANNEL, "*", "data", event("JP", 3));
        try (RunningGateway gateway = gateway()) {
            gateway.awaitMetric("hibiki_events_in_total", 2);
        }
        try (RunningGateway gateway = gateway("--replay-age-ms", "60000")) {
            gateway.awaitMetric("hibiki_events_in_total", 1);
        }
    }

    @Test
    void shouldUseTheSameIdsOnEveryGatewaySoThatAClientCanMove() {
        try (RunningGateway here = gateway();
                RunningGateway there = gateway();
                WebSocketClient ours = here.connect("/")) {
            HttpResponse<String> answer =
                    here.post("/publish/" + CHANNEL, "[" + UNTITLED + "," + event("KR", 5) + "," + UNTITLED + "]");

            assertThat(answer.statusCode()).isEqualTo(202);
            List<String> ids = Events.ids(answer.body());
            assertThat(ids).hasSize(3).doesNotHaveDuplicates().element(1).isEqualTo("e5");
            assertThat(ids.get(0)).matches("\\d+-\\d+");
            for (String id : ids) {
                assertThat(Events.id(ours.awaitText(PATIENCE))).isEqualTo(id);
            }
            there.awaitMetric("hibiki_events_in_total", 3);
            try (WebSocketClient moved = there.connect("/?last_id=" + ids.get(0))) {
                assertThat(Events.id(moved.awaitText(PATIENCE))).isEqualTo(ids.get(1));
                assertThat(Events.id(moved.awaitText(PATIENCE))).isEqualTo(ids.get(2));
            }
        }
    }

    @Test
    void shouldTrimTheStreamThatItPublishesTo() {
        try (RunningGateway gateway = gateway("--stream-max-length", "100")) {
            String many = "[" + UNTITLED + ("," + UNTITLED).repeat(99) + "]";
            for (int i = 0;
                    i < 10;
                    i++) { // Redis has to answer all events of a request within the limit of one command.
                HttpResponse<String> answer = gateway.post("/publish/" + CHANNEL, many);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
            }

            assertThat(Integer.parseInt(redis.cli("XLEN", CHANNEL))).isBetween(100, 300);
        }
    }

    @Test
    void shouldNameAKeyThatIsNoStreamReadTheOthersAndReadItOnceItIs() {
        redis.cli("SET", "b", "text");
        try (RunningGateway gateway =
                        RunningGateway.startReady("--redis", redis.uri(), "--source", "streams", "--channel", "a,b");
                WebSocketClient other = gateway.connect("/?channel=a")) {
            awaitUnreadable(gateway, "b", "WRONGTYPE");
            assertThat(gateway.metric("hibiki_channel_up{channel=\"a\"}")).isOne();
            redis.cli("XADD", "a", "*", "data", event("JP", 5));
            assertThat(other.awaitText(PATIENCE)).isEqualTo(event("JP", 5));
            redis.cli("DEL", "b");
            gateway.awaitMetric("hibiki_channel_up{channel=\"b\"}", 1);
            try (WebSocketClient client = gateway.connect("/")) {
                redis.cli("XADD", "b", "*", "data", event("JP", 1));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));

                redis.cli("DEL", "b");
                redis.cli("SET", "b", "text");
                awaitUnreadable(gateway, "b", "WRONGTYPE");
                redis.cli("XADD", "a", "*", "data", event("JP", 6));
                assertThat(other.awaitText(PATIENCE)).isEqualTo(event("JP", 6));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 6));
            }
        }
    }

    private static void awaitUnreadable(RunningGateway gateway, String channel, String reason) {
        gateway.awaitMetric("hibiki_channel_up{channel=\"" + channel + "\"}", 0);
        HttpResponse<String> ready = gateway.get("/readyz");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).contains("cannot read \"" + channel + "\": 127.0.0.1:", reason);
    }

    @Test
    void shouldCloseWithoutAWarningAndLeaveNoConnection() {
        try (LogCapture log = LogCapture.start()) {
            try (RunningGateway gateway = gateway()) {
                assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                        .isEqualTo(202);
            }
            assertThat(log.lines()).noneMatch(line -> line.startsWith("WARN") || line.startsWith("ERROR"));
            eventually()
                    .untilAsserted(() -> assertThat(redis.cli("CLIENT", "LIST")).doesNotContain("name=hibiki"));
        }
    }
}
