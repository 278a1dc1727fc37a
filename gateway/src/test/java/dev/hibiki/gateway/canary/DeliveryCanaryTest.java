package dev.hibiki.gateway.canary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.hub.FailingAllocator;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.SessionSettings;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A canary whose time and loops go on when the test says so. */
class DeliveryCanaryTest {
    private static final int LOOPS = 2;
    private static final int INTERVAL_MS = 3_000;
    private static final long GRACE_MS = 2_000;
    private static final int STEP_MS = 100;

    private final FailingAllocator allocator = new FailingAllocator();
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final EmbeddedChannel admin = new EmbeddedChannel();
    private final List<Connection> connections =
            IntStream.range(0, LOOPS).mapToObj(i -> new Connection()).toList();
    private final Hub hub = new Hub(
            new ChannelTable(List.of("ch")),
            new WebSocketFormat(),
            LogLimits.retaining(1 << 20),
            new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE),
            connections.stream().map(connection -> connection.far.eventLoop()).toList(),
            metrics::newLoopCounters);
    private final Sessions sessions = new Sessions(
            hub,
            new SessionSettings(
                    25_000,
                    1024,
                    30_000,
                    new GatewayConfig.Lag(Map.of(), null, "video_id"),
                    new GatewayConfig.ClientLimits(0, 0, 4_096, 64)),
            new RegionLabels("US", metrics),
            new UserSessions(),
            metrics);
    private long nowNs = Long.MAX_VALUE - 1; // The clock may wrap around.
    private final DeliveryCanary canary = new DeliveryCanary(admin.eventLoop(), hub, INTERVAL_MS, metrics, () -> nowNs);

    /** A connection without a socket. */
    private static final class Connection {
        private final EmbeddedChannel far = new EmbeddedChannel();
        private @Nullable EmbeddedChannel near;
        private boolean isStuck;

        Channel connect(LoopProbe probe, ChannelHandler handler) {
            EmbeddedChannel dialled = new EmbeddedChannel(handler);
            near = dialled;
            far.pipeline().addLast(probe);
            ChannelHandlerContext ctx = far.pipeline().context(probe);
            probe.channelActive(ctx);
            Session session = far.pipeline().get(Session.class);
            ChannelHandlerContext sessionContext = far.pipeline().context(session);
            dialled.closeFuture().addListener(closed -> {
                session.channelInactive(sessionContext);
                far.pipeline().remove(session);
            });
            return dialled;
        }

        void run() {
            if (isStuck || near == null) {
                return;
            }
            far.runPendingTasks();
            for (Object bytes; (bytes = far.readOutbound()) != null; ) {
                near.writeInbound(bytes);
            }
        }
    }

    @BeforeEach
    void start() {
        admin.freezeTime();
        for (int i = 0; i < LOOPS; i++) {
            Connection connection = connections.get(i);
            LoopShard shard = hub.shards().get(i);
            canary.addClient((handler, failed) -> connection.connect(canary.newProbe(sessions, shard), handler));
        }
        canary.start(GRACE_MS);
        passMs(0);
    }

    @AfterEach
    void close() {
        canary.close();
        passMs(0);
        sessions.close();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        hub.close();
        connections.forEach(connection -> connection.far.finishAndReleaseAll());
        admin.finishAndReleaseAll();
        metrics.close();
    }

    private void passMs(long ms) {
        for (long passed = 0; passed <= ms; passed += STEP_MS) {
            if (passed > 0) {
                nowNs += TimeUnit.MILLISECONDS.toNanos(STEP_MS);
                admin.advanceTimeBy(STEP_MS, TimeUnit.MILLISECONDS);
            }
            admin.runPendingTasks();
            connections.forEach(Connection::run);
        }
    }

    /** How many events have come out of all loops. */
    private long deliveries() {
        var timer = metrics.registry()
                .find("hibiki.canary.round.trip")
                .tag("leg", "delivery")
                .timer();
        return timer == null ? 0 : timer.count();
    }

    @Test
    void shouldSendAnEventWhenNoProbeComesBackInTime() {
        passMs(INTERVAL_MS + GRACE_MS - STEP_MS);
        assertThat(deliveries()).isZero();
        passMs(STEP_MS);
        assertThat(deliveries()).isEqualTo(LOOPS);
        passMs(INTERVAL_MS + GRACE_MS);
        assertThat(deliveries()).isEqualTo(2 * LOOPS);
        assertThat(canary.failure()).isNull();
        assertThat(canary.trouble()).isNull();
    }

    @Test
    void shouldSendAnEventForEachProbeButOneAtATime() {
        canary.deliver(nowNs);
        canary.deliver(nowNs);
        passMs(0);
        assertThat(deliveries()).isEqualTo(LOOPS);
        passMs(INTERVAL_MS);
        canary.deliver(nowNs);
        passMs(INTERVAL_MS);
        assertThat(deliveries()).isEqualTo(2 * LOOPS);
    }

    @Test
    void shouldNameTheLoopThatDeliversNothingUntilItDeliversAgain() {
        canary.deliver(nowNs);
        passMs(0);
        connections.get(1).isStuck = true;
        canary.deliver(nowNs);
        passMs(5_000);
        assertThat(canary.failure()).isNull();
        passMs(1_000);

        assertThat(canary.failure()).isEqualTo("event loop 1 delivers nothing: the canary has been missing for 6 s");
        assertThat(canary.failingSeconds()).isEqualTo(6);
        connections.get(1).isStuck = false;
        passMs(2_000);
        assertThat(canary.failure()).isNull();
        assertThat(canary.failingSeconds()).isZero();
    }

    @Test
    void shouldNotBlameALoopForAnEventThatHadNoMemory() {
        allocator.failsDirect = true;
        canary.deliver(nowNs);
        passMs(7_000);

        assertThat(deliveries()).isZero();
        assertThat(canary.failure()).isNull();
        assertThat(metrics.registry().find("hibiki.canary.failures").counter()).isNull();
        allocator.failsDirect = false;
        passMs(INTERVAL_MS + GRACE_MS);
        assertThat(deliveries()).isEqualTo(LOOPS);
    }

    @Test
    void shouldCountInNoFigureOfClients() {
        passMs(INTERVAL_MS + GRACE_MS);

        assertThat(deliveries()).isEqualTo(LOOPS);
        assertThat(hub.topicCount()).isZero();
        assertThat(sessions.openSockets()).isZero();
        assertThat(hub.shards()).allSatisfy(shard -> {
            assertThat(sessions.loopOf(shard).group().size()).isZero();
            assertThat(shard.counters().deliveries()).isZero();
            assertThat(shard.counters().bytes()).isZero();
            assertThat(shard.counters().sweeps()).isZero();
        });
    }

    @Test
    void shouldSendNothingAfterItsEnd() {
        canary.close();
        canary.deliver(nowNs);
        passMs(INTERVAL_MS + GRACE_MS);
        assertThat(deliveries()).isZero();
    }
}
