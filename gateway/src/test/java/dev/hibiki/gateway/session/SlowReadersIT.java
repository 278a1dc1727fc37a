package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.StreamDigest;
import dev.hibiki.testing.SwarmReport;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that stop reading affect neither other clients nor the memory. */
@ExtendWith(RedisExtension.class)
final class SlowReadersIT {
    private static final int READERS = LongRun.setting("hibiki.slow.readers", 300, 900);
    private static final int STALLED = 100;
    private static final int LOG_BYTES = 512 << 10;
    /** A log consists of whole segments, none of which is quite full. */
    private static final int MAX_LOG_BYTES = 2 * LOG_BYTES;

    private static final int EVENT_BYTES = 8 << 10;
    /** How many events are published before the test waits for the readers. They are far less than the log, so that no reader overruns. */
    private static final int ROUND = 16;
    /** Far more events than the kernel buffers for a stalled client. */
    private static final int MAX_ROUNDS = 100;

    private static final int SLOW_BYTES_PER_SECOND = 600_000;
    /** A bound that any queue per stalled client would exceed by far. */
    private static final long UNNOTICEABLE_BYTES = 24L << 20;

    private final RedisFixture redis;

    SlowReadersIT(RedisFixture redis) {
        this.redis = redis;
    }

    @Test
    void shouldServeReadersFullyWhileAHundredClientsStallWithinBoundedMemory() {
        try (RunningGateway gateway = gateway();
                WebSocketSwarm stalled = WebSocketSwarm.to(gateway.ws("/"))
                        .receiveBufferBytes(16 << 10)
                        .connect(STALLED, PATIENCE);
                WebSocketSwarm readers = WebSocketSwarm.to(gateway.ws("/"))
                        .sequence(Events::sequence)
                        .connect(READERS, PATIENCE)) {
            List<byte[]> published = new ArrayList<>();
            publishRounds(2, published, readers);
            stalled.awaitMessages(published.size(), PATIENCE);
            double topics = gateway.metric("hibiki_topics");
            long memory = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();

            stalled.stall(0, STALLED);
            for (int round = 0; lagged(gateway) < STALLED && round < MAX_ROUNDS; round++) {
                publishRounds(1, published, readers);
                assertThat(gateway.hub().memory().segmentBytes()).isLessThanOrEqualTo(MAX_LOG_BYTES);
            }

            assertThat(lagged(gateway)).isEqualTo(STALLED);
            assertThat(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory())
                    .isLessThan(memory + UNNOTICEABLE_BYTES);
            assertThat(gateway.connections()).isEqualTo(READERS);
            eventually()
                    .untilAsserted(
                            () -> assertThat(gateway.sessions().openSockets()).isEqualTo(READERS));

            publishRounds(2, published, readers);
            assertThatAllArrived(readers.reports(), published);
            readers.closeNormally(0, READERS);
            readers.awaitClosed(0, READERS, PATIENCE);
            gateway.awaitConnections(0);
            assertThat(gateway.metric("hibiki_topics")).isEqualTo(topics);
            assertThat(gateway.sessions().openSockets()).isZero();
        }
    }

    @Test
    void shouldCloseAnOverrunClientAfterAllEventsThatWereSentToIt() {
        try (RunningGateway gateway = gateway();
                WebSocketClient slow = WebSocketClient.to(gateway.ws("/"))
                        .receiveBufferBytes(16 << 10)
                        .connect();
                WebSocketClient quick = gateway.connect("/")) {
            slow.pauseReading();
            long next = 0;
            while (lagged(gateway) < 1 && next < MAX_ROUNDS * ROUND) {
                redis.publishAll(CHANNEL, Events.large(next, next + ROUND, EVENT_BYTES));
                next += ROUND;
                awaitSequences(quick, next - ROUND, next);
            }
            slow.resumeReading();

            Closure closure = slow.awaitClose(PATIENCE);
            assertThat(closure.code()).isEqualTo(4100);
            assertThat(closure.reason()).contains("lagged");
            int received = slow.unread();
            assertThat(received).isPositive().isLessThan((int) next);
            awaitSequences(slow, 0, received);
            assertThat(gateway.connections()).isOne();
        }
    }

    /** What the kernel has for such a client takes longer than {@link SessionSettings#LINGER_MS}. */
    @Test
    void shouldTellClientsThatReadSlowlyWhyTheyAreClosed() throws Exception {
        try (RunningGateway gateway = gateway("--lag-policy", "close");
                SlowLink webSocketLink = SlowLink.to(gateway.gateway().clientPort(), SLOW_BYTES_PER_SECOND);
                SlowLink eventStreamLink = SlowLink.to(gateway.gateway().clientPort(), SLOW_BYTES_PER_SECOND);
                WebSocketClient webSocket = WebSocketClient.to("ws://127.0.0.1:" + webSocketLink.port() + "/")
                        .connect();
                RawClient eventStream = new RawClient(eventStreamLink.port());
                WebSocketClient quick = gateway.connect("/")) {
            eventStream.send("GET /sse HTTP/1.1\nHost: localhost\n\n");
            gateway.awaitConnections(3);
            long next = 0;
            while (lagged(gateway) < 2 && next < MAX_ROUNDS * ROUND) {
                redis.publishAll(CHANNEL, Events.large(next, next + ROUND, EVENT_BYTES));
                next += ROUND;
                awaitSequences(quick, next - ROUND, next);
            }
            long before = webSocketLink.carriedBytes();

            assertThat(webSocket.awaitClose(PATIENCE).code()).isEqualTo(4100);
            assertThat(eventStream.readToEnd()).contains("event: bye\n");
            assertThat(webSocketLink.carriedBytes() - before)
                    .as("The kernel had much for it")
                    .isGreaterThan((long) SLOW_BYTES_PER_SECOND * SessionSettings.LINGER_MS / 1_000);
            eventually()
                    .untilAsserted(
                            () -> assertThat(gateway.sessions().openSockets()).isOne());
        }
    }

    @Test
    void shouldCatchUpAfterAPauseWithinTheRetainedLog() {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri(), "--log-bytes", "64m");
                WebSocketClient slow = WebSocketClient.to(gateway.ws("/"))
                        .receiveBufferBytes(16 << 10)
                        .connect()) {
            slow.pauseReading();
            int events = 1_000;
            redis.publishAll(CHANNEL, Events.large(0, events, EVENT_BYTES));
            gateway.awaitMetric("hibiki_events_in_total", events);
            eventually()
                    .untilAsserted(() -> assertThat(gateway.metricSum("hibiki_lag_max_bytes"))
                            .isPositive());
            assertThat(gateway.metric("hibiki_lag_sessions{over_bytes=\"0\"}")).isOne();

            slow.resumeReading();
            awaitSequences(slow, 0, events);
            eventually()
                    .untilAsserted(() -> assertThat(gateway.metric("hibiki_lag_sessions{over_bytes=\"0\"}"))
                            .isZero());
        }
    }

    @Test
    void shouldTellAnOverrunClientOfHibikiV1HowManyEventsItLostAndContinue() {
        try (RunningGateway gateway = gateway();
                WebSocketClient slow = WebSocketClient.to(gateway.ws("/"))
                        .subprotocols("hibiki.v1")
                        .receiveBufferBytes(16 << 10)
                        .connect();
                WebSocketClient quick = gateway.connect("/")) {
            assertThat(slow.awaitText(PATIENCE)).startsWith("{\"$\":{\"hello\":");
            slow.pauseReading();
            long published = 0;
            while (published < MAX_ROUNDS * ROUND) {
                redis.publishAll(CHANNEL, Events.large(published, published + ROUND, EVENT_BYTES));
                published += ROUND;
                awaitSequences(quick, published - ROUND, published);
            }
            slow.resumeReading();

            long next = 0;
            long lost = 0;
            while (next < published) {
                String message = slow.awaitText(PATIENCE);
                if (message.startsWith("{\"$\":{\"gap\":")) {
                    long missed = Long.parseLong(message.replaceAll(".*\"missed\":(\\d+).*", "$1"));
                    lost += missed;
                    next += missed;
                } else {
                    assertThat(Events.sequence(message.getBytes(StandardCharsets.UTF_8)))
                            .isEqualTo(next++);
                }
            }
            assertThat(lost).isPositive();
            assertThat(gateway.metric("hibiki_lag_missed_total")).isEqualTo((double) lost);
            assertThat(gateway.connections()).isEqualTo(2);
        }
    }

    @Test
    void shouldResetAClientThatAcceptsNoByteForTheStallTimeout() {
        try (RunningGateway gateway = gateway("--stall-timeout-ms", "1000", "--lag-policy", "skip");
                WebSocketClient stalled = WebSocketClient.to(gateway.ws("/"))
                        .receiveBufferBytes(16 << 10)
                        .connect();
                WebSocketClient quick = gateway.connect("/")) {
            stalled.pauseReading();
            long published = 0;
            while (published < MAX_ROUNDS * ROUND) {
                redis.publishAll(CHANNEL, Events.large(published, published + ROUND, EVENT_BYTES));
                published += ROUND;
                awaitSequences(quick, published - ROUND, published);
            }
            gateway.awaitMetric("hibiki_closes_total{reason=\"stalled\"}", 1);
            assertThat(gateway.connections()).isOne();
        }
    }

    private RunningGateway gateway(String... flags) {
        return RunningGateway.startReady(Stream.concat(
                        Stream.of(
                                "--log-bytes",
                                Integer.toString(LOG_BYTES),
                                "--ping-interval-ms",
                                "600000",
                                "--redis",
                                redis.uri()),
                        Stream.of(flags))
                .toArray(String[]::new));
    }

    private void publishRounds(int rounds, List<byte[]> published, WebSocketSwarm readers) {
        for (int i = 0; i < rounds; i++) {
            List<byte[]> round = Events.large(published.size(), published.size() + ROUND, EVENT_BYTES);
            redis.publishAll(CHANNEL, round);
            published.addAll(round);
            readers.awaitMessages(published.size(), PATIENCE);
        }
    }

    private static int lagged(RunningGateway gateway) {
        return (int) gateway.metric("hibiki_closes_total{reason=\"4100\"}");
    }

    private static void assertThatAllArrived(List<SwarmReport> reports, List<byte[]> published) {
        long digest = StreamDigest.of(published);
        assertThat(reports)
                .extracting(SwarmReport::messages, SwarmReport::digest, SwarmReport::missing, SwarmReport::open)
                .hasSize(READERS)
                .containsOnly(tuple((long) published.size(), digest, 0L, true));
    }

    private static void awaitSequences(WebSocketClient client, long from, long to) {
        assertThat(LongStream.range(from, to)
                        .map(expected ->
                                Events.sequence(client.awaitFrame(PATIENCE).payload())))
                .containsExactlyElementsOf(LongStream.range(from, to).boxed().toList());
    }
}
