package dev.hibiki.gateway.redis.stream;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients get every entry that Redis still has after faults of Redis and trims of its streams. */
final class StreamsFaultIT {
    private static final String GAPS = "hibiki_gaps_total{channel=\"" + CHANNEL + "\"}";

    private static RedisFixture redis;
    /** Whether this Redis counts all entries ever added to a stream, which it does from version 7 on. */
    private static boolean redisCounts;

    @BeforeAll
    static void startRedis() {
        redis = RedisFixture.start("--appendonly", "yes", "--stream-node-max-entries", "1");
        redisCounts = !redis.cli("INFO", "server").contains("redis_version:6.");
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    @BeforeEach
    void reset() {
        redis.reset();
    }

    private static RunningGateway gateway() {
        return RunningGateway.startReady("--redis", redis.uri(), "--source", "streams");
    }

    private static void add(int from, int to) {
        for (int i = from; i < to; i++) {
            redis.cli("XADD", CHANNEL, "*", "data", event("JP", i));
        }
    }

    private static void awaitEvents(WebSocketClient client, int from, int to) {
        for (int i = from; i < to; i++) {
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", i));
        }
    }

    @Test
    void shouldStartWithoutRedisAndServeOnceItIsUp() {
        redis.stop();
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--redis", redis.uri(), "--source", "streams");
                WebSocketClient client = gateway.connect("/")) {
            gateway.awaitNotReady("cannot read from Redis at 127.0.0.1:" + redis.port());
            redis.restart();
            gateway.awaitReady();
            add(0, 1);
            awaitEvents(client, 0, 1);
            assertThat(log.linesWith("WARN No connection yet to Redis")).hasSize(1);
            assertThat(log.linesWith("INFO Reading 1 streams of Redis")).hasSize(1);
        }
    }

    @Test
    void shouldContinueAfterACrashAndDeliverEveryEventOnce() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway();
                WebSocketClient client = gateway.connect("/")) {
            add(0, 10);
            awaitEvents(client, 0, 10);
            redis.kill();
            gateway.awaitNotReady("cannot read from Redis at");
            redis.restart();
            add(10, 500);
            gateway.awaitReady();
            add(500, 510);
            awaitEvents(client, 10, 510);
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
            assertThat(log.linesWith("WARN Lost Redis")).hasSize(1);
            assertThat(log.linesWith("INFO Reading 1 streams")).hasSize(2);
        }
    }

    @Test
    void shouldNoticeAFrozenRedisAndContinueWhenItThaws() {
        try (RunningGateway gateway = gateway();
                WebSocketClient client = gateway.connect("/")) {
            add(0, 5);
            awaitEvents(client, 0, 5);
            redis.freeze();
            gateway.awaitNotReady("cannot read from Redis at");
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                    .isEqualTo(503);
            redis.thaw();
            gateway.awaitReady();
            add(5, 10);
            awaitEvents(client, 5, 10);
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    @Test
    void shouldReconnectWhenItsConnectionIsKilled() {
        try (RunningGateway gateway = gateway();
                WebSocketClient client = gateway.connect("/")) {
            add(0, 5);
            redis.cli("CLIENT", "KILL", "TYPE", "normal");
            add(5, 10);
            awaitEvents(client, 0, 10);
            gateway.awaitReady();
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    @Test
    void shouldBeReadyOnlyWhenItHasCaughtUp() {
        try (RunningGateway gateway = asUser()) {
            add(0, 1); // An older Redis cannot distinguish an empty stream from a trimmed one.
            gateway.awaitMetric("hibiki_events_in_total", 1);
            lockOut(gateway);
            redis.cli("EVAL", "for i = 1, 20000 do redis.call('XADD', KEYS[1], '*', 'seq', i) end", "1", CHANNEL);
            redis.cli("ACL", "SETUSER", "app", "on");
            gateway.awaitReady();
            assertThat(gateway.metric("hibiki_events_in_total")).isEqualTo(20_001);
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    @Test
    void shouldReportEntriesTrimmedDuringAnOutageBeforeItContinues() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = asUser();
                WebSocketClient client = gateway.connect("/")) {
            add(0, 5);
            awaitEvents(client, 0, 5);
            lockOut(gateway);
            add(5, 30);
            redis.cli("XTRIM", CHANNEL, "MAXLEN", "10");
            redis.cli("ACL", "SETUSER", "app", "on");
            awaitEvents(client, 20, 30);
            gateway.awaitReady();
            assertThat(gateway.metric(GAPS)).isOne();
            assertThat(log.linesWith("Events on " + CHANNEL + " were lost before they came here: " + lost(15)))
                    .hasSize(1);
        }
    }

    @Test
    void shouldReportNoGapWhenOnlyReadEntriesAreTrimmed() {
        try (RunningGateway gateway = asUser();
                WebSocketClient client = gateway.connect("/")) {
            add(0, 5);
            awaitEvents(client, 0, 5);
            lockOut(gateway);
            add(5, 8);
            redis.cli("XTRIM", CHANNEL, "MAXLEN", "3");
            redis.cli("ACL", "SETUSER", "app", "on");
            awaitEvents(client, 5, 8);
            gateway.awaitReady();
            assertThat(gateway.metric(GAPS)).isEqualTo(redisCounts ? 0 : 1);
        }
    }

    @Test
    void shouldReportThatAllEntriesWereTrimmedAndContinue() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = asUser();
                WebSocketClient client = gateway.connect("/")) {
            add(0, 1);
            awaitEvents(client, 0, 1);
            lockOut(gateway);
            add(1, 5);
            redis.cli("XTRIM", CHANNEL, "MAXLEN", "0");
            redis.cli("ACL", "SETUSER", "app", "on");
            gateway.awaitReady();
            add(5, 6);
            awaitEvents(client, 5, 6);
            assertThat(log.linesWith("were lost before they came here: " + lost(4)))
                    .hasSize(1);
        }
    }

    @Test
    void shouldReportEntriesTrimmedWhileItTails() {
        assumeThat(redisCounts).as("Redis 7 or newer").isTrue();
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway();
                WebSocketClient client = gateway.connect("/")) {
            add(0, 1);
            awaitEvents(client, 0, 1);
            redis.cli(
                    "EVAL",
                    "for i = 1, 9 do redis.call('XADD', KEYS[1], 'MAXLEN', 2, '*', 'seq', i) end",
                    "1",
                    CHANNEL);
            assertThat(Events.fields(client.awaitText(PATIENCE))).containsEntry("seq", "8");
            assertThat(Events.fields(client.awaitText(PATIENCE))).containsEntry("seq", "9");
            gateway.awaitMetric(GAPS, 1);
            assertThat(log.linesWith("were lost before they came here: 7")).hasSize(1);
        }
    }

    /** The number of lost events, as exactly as this Redis can tell. */
    private static String lost(int count) {
        return redisCounts ? Integer.toString(count) : "the number is not known";
    }

    /** Starts a gateway with a user of its own, which can be locked out while Redis stays up. */
    private static RunningGateway asUser() {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "~*", "&*", "+@all");
        return RunningGateway.startReady("--redis", "redis://app:pw@127.0.0.1:" + redis.port(), "--source", "streams");
    }

    private static void lockOut(RunningGateway gateway) {
        redis.cli("ACL", "SETUSER", "app", "off");
        redis.cli("CLIENT", "KILL", "USER", "app");
        gateway.awaitNotReady("cannot read from Redis at");
    }

    @Test
    void shouldNotWaitForIdsBeyondThoseOfADeletedStream() {
        try (RunningGateway gateway = gateway();
                WebSocketClient client = gateway.connect("/")) {
            add(0, 1);
            awaitEvents(client, 0, 1);
            redis.cli("DEL", CHANNEL);
            gateway.awaitMetric(GAPS, 1);
            redis.cli("XADD", CHANNEL, "5-1", "data", event("JP", 1));
            awaitEvents(client, 1, 2);
            add(2, 3);
            awaitEvents(client, 2, 3);
            assertThat(gateway.metric(GAPS)).isOne();
        }
    }

    @Test
    void shouldCloseAtOnceWhileItWaitsForRedis() {
        redis.stop();
        RunningGateway gateway = RunningGateway.start("--redis", redis.uri(), "--source", "streams");
        gateway.awaitNotReady("cannot read from Redis at");
        gateway.close();
        redis.restart();
        eventually().untilAsserted(() -> assertThat(redis.cli("CLIENT", "LIST")).doesNotContain("name=hibiki"));
    }
}
