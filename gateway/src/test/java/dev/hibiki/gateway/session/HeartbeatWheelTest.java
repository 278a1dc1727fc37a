package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.ChannelTable;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LogLimits;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatWheelTest {
    private static final int TICKS = 5;

    private final GatewayMetrics metrics = new GatewayMetrics();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Hub hub = new Hub(
            new ChannelTable(List.of("ch")),
            HeartbeatWheelTest::encodeNothing,
            LogLimits.retaining(1 << 20),
            UnpooledByteBufAllocator.DEFAULT,
            List.of(channel.eventLoop()),
            metrics::newLoopCounters);
    private final Sessions sessions = new Sessions(
            hub,
            new SessionSettings(
                    25_000, 1024, 1000, 30_000, new GatewayConfig.Lag(Map.of(), null, "video_id"), 0, 4096, 64),
            new RegionLabels("US", metrics),
            metrics);
    private final HeartbeatWheel wheel = new HeartbeatWheel(TICKS);

    private static void encodeNothing(Event event, ByteBuf out) {}

    @AfterEach
    void close() {
        sessions.close();
        hub.close();
        channel.finishAndReleaseAll();
        metrics.close();
    }

    /** Counts its beats. */
    private final class Beating extends Session {
        private int beats;
        private Runnable onBeat = () -> {};

        private Beating() {
            super(sessions.loopOf(channel), new ClientTraits(sessions.regions().of(null), null));
        }

        @Override
        void beat() {
            beats++;
            onBeat.run();
        }

        @Override
        protected String kind() {
            return "beating";
        }

        @Override
        protected void writePing(ChannelHandlerContext ctx) {}

        @Override
        protected void writeEnd(ChannelHandlerContext ctx, CloseCode code) {}
    }

    private Beating add() {
        Beating session = new Beating();
        wheel.add(session);
        return session;
    }

    private void tick(int times) {
        for (int i = 0; i < times; i++) {
            wheel.tick();
        }
    }

    @Test
    void shouldBeatOncePerRoundAndFirstAfterAWholeOne() {
        Beating session = add();

        tick(TICKS - 1);
        assertThat(session.beats).isZero();
        tick(1);
        assertThat(session.beats).isEqualTo(1);
        tick(10 * TICKS);
        assertThat(session.beats).isEqualTo(11);
    }

    @Test
    void shouldSpreadSessionsByWhenTheyCame() {
        List<Beating> sessions = new ArrayList<>();
        for (int i = 0; i < TICKS; i++) {
            sessions.add(add());
            tick(1);
        }

        for (int i = 0; i < TICKS; i++) {
            assertThat(sessions.stream().mapToInt(session -> session.beats).sum())
                    .isEqualTo(i + 1);
            tick(1);
        }
    }

    @Test
    void shouldBeatNoMoreAfterRemoval() {
        Beating stays = add();
        Beating leaves = add();
        Beating last = add();
        wheel.remove(leaves);
        tick(TICKS);
        wheel.remove(last);
        tick(TICKS);

        assertThat(stays.beats).isEqualTo(2);
        assertThat(leaves.beats).isZero();
        assertThat(last.beats).isEqualTo(1);
    }

    @Test
    void shouldLetSessionsLeaveAsTheyBeat() {
        List<Beating> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Beating session = add();
            session.onBeat = () -> wheel.remove(session);
            all.add(session);
        }
        tick(3 * TICKS);

        assertThat(all).allMatch(session -> session.beats == 1);
    }

    @Test
    void shouldKeepEverybodysRhythmWhileOthersComeAndGo() {
        Random random = new Random(1);
        List<Beating> inside = new ArrayList<>();
        List<Integer> joined = new ArrayList<>();
        for (int now = 0; now < 1_000; now++) {
            inside.add(add());
            joined.add(now);
            if (random.nextBoolean()) {
                int index = random.nextInt(inside.size());
                wheel.remove(inside.remove(index));
                joined.remove(index);
            }
            wheel.tick();
        }

        for (int i = 0; i < inside.size(); i++) {
            assertThat(inside.get(i).beats).isEqualTo((1_000 - joined.get(i)) / TICKS);
        }
    }

    @Test
    void shouldBeatAtEveryTickWhenARoundIsOneTick() {
        HeartbeatWheel oneTick = new HeartbeatWheel(1);
        Beating session = new Beating();
        oneTick.add(session);
        oneTick.tick();
        oneTick.tick();

        assertThat(session.beats).isEqualTo(2);
    }
}
