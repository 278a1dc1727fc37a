package dev.hibiki.gateway.canary;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The delivery canary detects an event loop that runs but does not deliver. */
@ExtendWith(RedisExtension.class)
final class DeliveryCanaryIT {
    private static final int LOOPS = 2;
    private static final String RETURNS = "hibiki_canary_round_trip_seconds_count{leg=\"redis\"}";
    private static final String DELIVERIES = "hibiki_canary_round_trip_seconds_count{leg=\"delivery\"}";
    private static final String FAILURES = "hibiki_canary_failures_total{step=\"delivery\"}";

    private static RunningGateway start(String... more) {
        String[] flags = {"--event-loops", "" + LOOPS, "--canary-interval-ms", "2000", "--agent-port", "0"};
        String[] all = new String[flags.length + more.length];
        System.arraycopy(flags, 0, all, 0, flags.length);
        System.arraycopy(more, 0, all, flags.length, more.length);
        return RunningGateway.startReady(all);
    }

    /** Returns when every loop has delivered so many more canary events. */
    private static void awaitDeliveries(RunningGateway gateway, int events) {
        double before = gateway.metric(DELIVERIES);
        eventually().until(() -> gateway.metric(DELIVERIES) >= before + events * LOOPS);
    }

    private static String agent(RunningGateway gateway) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.agentPort())) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static LoopShard shard(RunningGateway gateway, int loop) {
        return gateway.hub().shards().get(loop);
    }

    /** Acts like a lost wake-up: the loop still ticks but never sweeps again. */
    private static void loseWakeUps(RunningGateway gateway, int loop, boolean lost)
            throws ReflectiveOperationException {
        var awake = LoopShard.class.getDeclaredField("awake");
        awake.setAccessible(true);
        ((AtomicBoolean) awake.get(shard(gateway, loop))).set(lost);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll", "auto"})
    void shouldPassEveryLoopWithoutRedisAndNotCountAsAClient(String transport) {
        try (RunningGateway gateway = start("--transport", transport)) {
            awaitDeliveries(gateway, 2);

            assertThat(gateway.get("/readyz").body()).isEqualTo("ok: in-process broker\n");
            assertThat(gateway.connections()).isZero();
            assertThat(gateway.sessions().openSockets()).isZero();
            for (String untouched : new String[] {
                "hibiki_sockets",
                "hibiki_topics",
                "hibiki_deliveries_total",
                "hibiki_delivered_bytes_total",
                "hibiki_sweeps_total",
                "hibiki_events_in_total",
                RETURNS
            }) {
                assertThat(gateway.metric(untouched)).as(untouched).isZero();
            }
            assertThat(gateway.metricSum("hibiki_handshakes_total")).isZero();
            assertThat(gateway.get("/sessions").body()).contains("\"sessions\":[]");
            assertThat(gateway.metricSum("hibiki_canary_failures_total")).isZero();
        }
    }

    @Test
    void shouldGoThroughRedisAndWithoutItWhileRedisIsDown(RedisFixture redis) {
        try (RunningGateway gateway = start("--redis", redis.uri());
                WebSocketClient client = gateway.connect("/")) {
            awaitDeliveries(gateway, 2);
            double returns = gateway.metric(RETURNS);
            assertThat(returns).isGreaterThanOrEqualTo(2);
            assertThat(gateway.metric(DELIVERIES)).isLessThanOrEqualTo((returns + 1) * LOOPS);

            redis.stop();
            gateway.awaitNotReady("Redis");
            awaitDeliveries(gateway, 1);
            redis.restart();
            gateway.awaitReady();
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE))
                    .as("first event of the client")
                    .isEqualTo(event("JP", 1));
        }
    }

    @Test
    void shouldDetectALoopThatTicksButDeliversNothing() throws Exception {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = start("--loop-timeout-ms", "8000")) {
            awaitDeliveries(gateway, 1);
            loseWakeUps(gateway, 1, true);

            gateway.awaitNotReady("event loop 1 delivers nothing: the canary has been missing for ");
            assertThat(agent(gateway)).startsWith("ready down #event loop 1 delivers nothing");
            assertThat(gateway.metric(FAILURES)).isPositive();
            eventually().until(() -> gateway.get("/healthz").statusCode() == 503);
            assertThat(gateway.get("/healthz").body()).contains("an event loop has delivered nothing for ");
            assertThat(gateway.metric("hibiki_event_loop_lag_seconds{loop=\"1\"}"))
                    .as("delay of the loop")
                    .isLessThan(8);

            loseWakeUps(gateway, 1, false);
            gateway.awaitReady();
            assertThat(gateway.get("/healthz").body()).isEqualTo("ok: alive\n");
            eventually().until(() -> agent(gateway).equals("ready up 100%\n"));
            assertThat(log.linesWith("WARN Event loop 1 delivers nothing")).hasSize(1);
            assertThat(log.linesWith("INFO Event loop 1 delivers again")).hasSize(1);
        }
    }

    @Test
    void shouldNotBeReadyWhileALoopIsStuckAndRecoverByItself() {
        try (RunningGateway gateway = start()) {
            awaitDeliveries(gateway, 1);
            Runnable release = gateway.holdLoop(0);
            try {
                gateway.awaitNotReady("event loop 0 delivers nothing");
            } finally {
                release.run();
            }
            gateway.awaitReady();
            awaitDeliveries(gateway, 1);
        }
    }

    @Test
    void shouldNotHoldUpADrainAndRunUntilItsEnd() throws Exception {
        try (RunningGateway gateway = start("--drain-delay-ms", "60000", "--max-connections", "1")) {
            awaitDeliveries(gateway, 1);
            CompletableFuture<Void> closing = gateway.closing();
            gateway.awaitNotReady("draining");
            awaitDeliveries(gateway, 1);
            try (WebSocketClient client = gateway.connect("/")) {
                assertThat(gateway.connections()).isOne(); // The canary does not count against the limit.
                gateway.expedite();
                assertThat(client.awaitClose(PATIENCE).code()).isEqualTo(1012);
            }
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }
}
