package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatWheelTest {
    private static final int TICKS = 5;
    private static final int TICK_MS = 50;
    private static final long BEGIN_NS = Long.MAX_VALUE - 1_000_000; // The clock may overflow.

    private final TestSessions test = new TestSessions("ch");
    private final HeartbeatWheel wheel = new HeartbeatWheel(TICKS * TICK_MS, BEGIN_NS);
    private long nowNs = BEGIN_NS;

    @AfterEach
    void close() {
        test.close();
    }

    /** A session that counts its beats. */
    private final class Beating extends Session {
        private int beats;
        private long beatMs = -1_000;
        private Runnable onBeat = () -> {};

        private Beating() {
            super(test.sessions.loopOf(test.channel), new ClientProfile(test.regions.of(null), null));
        }

        @Override
        void checkAndPing() {
            beats++;
            onBeat.run();
        }

        @Override
        protected String kind() {
            return "beating";
        }

        @Override
        protected WireFormat wireFormat() {
            return test.hub.format();
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
            pass(TICK_MS);
        }
    }

    private long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(nowNs - BEGIN_NS);
    }

    private void pass(int ms) {
        nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
        wheel.advanceTo(nowNs);
    }

    @Test
    void shouldBeatOncePerRoundFromTheFirstRoundOn() {
        Beating session = add();

        for (int round = 1; round <= 10; round++) {
            tick(TICKS);
            assertThat(session.beats).isEqualTo(round);
        }
    }

    @Test
    void shouldSpreadSessionsThatStartAtOnce() {
        HeartbeatWheel large = new HeartbeatWheel(25_000, 0);
        assertThat(large.tickNs()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(TICK_MS));
        List<Beating> crowd = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            Beating session = new Beating();
            large.add(session);
            crowd.add(session);
        }

        int before = 0;
        for (int tick = 1; tick <= 500; tick++) {
            large.advanceTo(tick * large.tickNs());
            int beats = crowd.stream().mapToInt(session -> session.beats).sum();
            // The average is 20. With one random slot for each, the fullest of 500 would have 35.
            assertThat(beats - before).isBetween(1, 28);
            before = beats;
        }
        assertThat(before).isEqualTo(10_000);
    }

    @Test
    void shouldCatchUpAfterADelayOfUpToASecond() {
        HeartbeatWheel large = new HeartbeatWheel(25_000, 0);
        List<Beating> crowd = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Beating session = new Beating();
            large.add(session);
            crowd.add(session);
        }
        for (int round = 1; round <= 4; round++) {
            for (int second = 1; second <= 25; second++) {
                large.advanceTo(TimeUnit.SECONDS.toNanos(25L * (round - 1) + second));
            }
            int rounds = round;
            assertThat(crowd).allMatch(session -> session.beats == rounds);
        }
    }

    @Test
    void shouldLeaveHalfARoundForAnAnswerEvenInShortRounds() {
        int halfARoundMs = TICKS * TICK_MS / 2;
        for (int i = 0; i < 100 * TICKS; i++) { // Some sessions for each slot.
            Beating session = add();
            session.onBeat = () -> {
                assertThat(nowMs() - session.beatMs).isGreaterThanOrEqualTo(halfARoundMs);
                session.beatMs = nowMs();
            };
        }
        tick(TICKS);
        for (int late = TICK_MS; late <= 1_000; late += 10) {
            pass(late);
            tick(TICKS);
        }
    }

    @Test
    void shouldNotBeatSeveralTimesInARowAfterAPause() {
        Beating session = add();
        tick(TICKS);
        pass(60_000);
        assertThat(session.beats).isBetween(1, 2);
        tick(TICKS - 1);
        assertThat(session.beats).isEqualTo(2);
        tick(TICKS);
        assertThat(session.beats).isEqualTo(3);
    }

    @Test
    void shouldNotBeatAfterRemoval() {
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
    void shouldAllowRemovalDuringABeat() {
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
    void shouldKeepTheRhythmOfEachSessionWhileOthersComeAndGo() {
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
            tick(1);
        }

        for (int i = 0; i < inside.size(); i++) {
            int ticks = 1_000 - joined.get(i);
            assertThat(inside.get(i).beats).isBetween(ticks / TICKS, (ticks + TICKS - 1) / TICKS);
        }
    }

    @Test
    void shouldBeatAtEveryTickWhenARoundIsOneTick() {
        HeartbeatWheel oneTick = new HeartbeatWheel(20, 0);
        Beating session = new Beating();
        oneTick.add(session);
        oneTick.advanceTo(TimeUnit.MILLISECONDS.toNanos(20));
        oneTick.advanceTo(TimeUnit.MILLISECONDS.toNanos(40));

        assertThat(session.beats).isEqualTo(2);
    }

    @Test
    void shouldBeatOnceInTheLongestRound() {
        HeartbeatWheel slow = new HeartbeatWheel(Integer.MAX_VALUE, 0);
        Beating session = new Beating();
        slow.add(session);
        for (long now = 0; now <= TimeUnit.MILLISECONDS.toNanos(Integer.MAX_VALUE); now += slow.tickNs()) {
            slow.advanceTo(now);
        }

        assertThat(session.beats).isEqualTo(1);
    }
}
