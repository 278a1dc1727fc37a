package dev.hibiki.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.ConfigLoader;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.Selection;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.SessionSettings;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.session.TestProtocol;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.wire.CloseCode;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A drain whose waits take no time: they set the clock forward and let the loops work. */
class DrainTest {
    /** Each has a loop of its own. */
    private static final int SESSIONS = 12;

    /** Longer than all drains here. */
    private static final int LONG_MS = 86_400_000;

    private static final long BEGIN_NS = Long.MAX_VALUE - 1_000_000; // The clock may wrap around.

    private final GatewayMetrics metrics = new GatewayMetrics();
    private final List<EmbeddedChannel> loops =
            IntStream.range(0, SESSIONS).mapToObj(i -> new EmbeddedChannel()).toList();
    private final Hub hub = new Hub(
            new ChannelTable(List.of("ch")),
            (event, out) -> {},
            LogLimits.retaining(1 << 20),
            new LogMemory(UnpooledByteBufAllocator.DEFAULT, Long.MAX_VALUE, Long.MAX_VALUE),
            loops.stream().map(EmbeddedChannel::eventLoop).toList(),
            metrics::newLoopCounters);
    private final Sessions sessions = new Sessions(
            hub,
            new SessionSettings(
                    LONG_MS,
                    1024,
                    LONG_MS,
                    new GatewayConfig.Lag(Map.of(), null, "video_id"),
                    new GatewayConfig.ClientLimits(0, 0, 4_096, 64)),
            new RegionLabels("US", metrics),
            new UserSessions(),
            metrics);
    private long nowNs = BEGIN_NS;
    private final FakePatience patience = new FakePatience();
    /** When each session ended, in milliseconds since the begin. */
    private final List<Long> endsMs = new ArrayList<>();
    /** When the port was closed; negative while it is open. */
    private long portClosedMs = -1;

    private final List<Integer> codes = new ArrayList<>();
    private boolean stubborn;

    @AfterEach
    void close() {
        sessions.close();
        loops.forEach(EmbeddedChannel::finishAndReleaseAll);
        hub.close();
        metrics.close();
    }

    private long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(nowNs - BEGIN_NS);
    }

    private final class FakePatience extends Patience {
        private long expediteAtMs = Long.MAX_VALUE;

        FakePatience() {
            super(() -> nowNs);
        }

        @Override
        boolean await(long maxWaitMs) {
            if (!isExpedited()) {
                pause(Math.min(maxWaitMs, expediteAtMs - nowMs()));
                if (nowMs() == expediteAtMs) {
                    expedite();
                }
            }
            return isExpedited();
        }

        @Override
        void pause(long ms) {
            nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
            for (EmbeddedChannel loop : loops) {
                loop.advanceTimeBy(ms, TimeUnit.MILLISECONDS);
                loop.runPendingTasks();
            }
        }
    }

    /** The clients close their sockets at once, unless they are stubborn. */
    private void enter() {
        TestProtocol protocol = new TestProtocol(hub.format(), false);
        protocol.onEnd = (session, told) -> {
            endsMs.add(nowMs());
            codes.add(told.code());
            if (!stubborn) {
                session.disconnect();
            }
        };
        for (EmbeddedChannel channel : loops) {
            channel.freezeTime();
            Session session = new Session(
                    sessions.loopOf(channel),
                    new ClientProfile(protocol, sessions.regions().of(null), null));
            channel.pipeline().addLast(session);
            Selection all = new Selection(List.of("ch"), List.of(), List.of());
            session.enter(all, null);
        }
    }

    private boolean run(String... flags) throws ConfigException {
        GatewayConfig config = Objects.requireNonNull(
                new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                        .load(flags)
                        .config());
        return new Drain(config.operations(), config.timing().shutdownTimeoutMs(), sessions, metrics, patience)
                .run(() -> portClosedMs = nowMs());
    }

    @Test
    void shouldSayThatThereWasNoSession() throws ConfigException {
        assertThat(run()).isFalse();
        assertThat(portClosedMs).isNotNegative();
    }

    private void drain(String... flags) throws ConfigException {
        enter();
        assertThat(run(flags)).as("there were sessions").isTrue();
        assertThat(endsMs).hasSize(SESSIONS);
        assertThat(sessions.openSockets()).isZero();
    }

    @Test
    void shouldEndSessionsAtTheRate() throws ConfigException {
        drain("--drain-rate", "10");

        assertThat(portClosedMs).isZero();
        assertThat(codes).containsOnly(CloseCode.RESTARTING.code());
        for (int i = 0; i < SESSIONS; i++) {
            assertThat(endsMs.get(i)).isBetween(100L * i, 100L * i + 50);
        }
    }

    @Test
    void shouldEndTheRestAtTheDeadlineAndReportMeanwhile() throws ConfigException {
        try (LogCapture log = LogCapture.start()) {
            drain("--drain-rate", "1", "--drain-deadline-ms", "6500");

            assertThat(endsMs.stream().filter(ms -> ms < 6_500)).hasSize(7);
            assertThat(endsMs.get(SESSIONS - 1)).isBetween(6_500L, 6_550L);
            assertThat(log.linesWith("INFO Closing 12 sessions, 1 a second, within 6500 ms"))
                    .hasSize(1);
            assertThat(log.linesWith("INFO 7 sessions left to close")).hasSize(1);
            assertThat(
                            log.linesWith(
                                    "WARN The time of --drain-deadline-ms is over: the sessions that were left have been closed at once"))
                    .hasSize(1);
        }
    }

    @Test
    void shouldKeepThePortOpenForTheDelay() throws ConfigException {
        drain("--drain-delay-ms", "3600000", "--drain-rate", "1000");

        assertThat(portClosedMs).isEqualTo(3_600_000);
        assertThat(endsMs).allSatisfy(ms -> assertThat(ms).isGreaterThanOrEqualTo(3_600_000));
    }

    @Test
    void shouldEndAllSessionsAtOnceWhenItIsExpedited() throws ConfigException {
        try (LogCapture log = LogCapture.start()) {
            patience.expediteAtMs = 61_500;
            drain("--drain-delay-ms", "60000", "--drain-rate", "1");

            assertThat(portClosedMs).isEqualTo(60_000);
            assertThat(endsMs.stream().filter(ms -> ms < 61_500)).hasSize(2);
            assertThat(endsMs.get(SESSIONS - 1)).isBetween(61_500L, 61_550L);
            assertThat(log.linesWith("WARN Asked again to end: the sessions that were left have been closed at once"))
                    .hasSize(1);
        }
    }

    @Test
    void shouldResetTheSocketsThatDoNotCloseInTime() throws ConfigException {
        try (LogCapture log = LogCapture.start()) {
            stubborn = true;
            drain("--drain-rate", "0", "--shutdown-timeout-ms", "2000");

            assertThat(codes).containsOnly(CloseCode.GOING_AWAY.code());
            assertThat(endsMs.get(SESSIONS - 1)).isLessThan(50);
            assertThat(nowMs()).isBetween(2_000L, 2_050L);
            assertThat(log.linesWith("INFO 0 sessions closed in time, 12 cut off"))
                    .hasSize(1);
        }
    }

    @Test
    void shouldGiveSocketsASecondAfterItWasExpedited() throws ConfigException {
        stubborn = true;
        patience.expediteAtMs = 0;
        drain("--drain-delay-ms", "60000", "--shutdown-timeout-ms", "2000");

        assertThat(nowMs()).isBetween(1_000L, 1_050L);
    }
}
