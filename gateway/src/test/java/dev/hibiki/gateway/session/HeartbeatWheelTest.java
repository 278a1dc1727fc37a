package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatWheelTest {
    private static final int TICKS = 5;
    private static final int TICK_MS = 50;
    private static final long BEGIN_NS = Long.MAX_VALUE - 1_000_000; // The clock may overflow.

    private final TestSessions test = new TestSessions("ch");
    private final Protocol protocol = new TestProtocol(false);
    private final IdentityHashMap<Session, Beating> all = new IdentityHashMap<>();
    private final SessionGroup group = newGroup(TICKS * TICK_MS);
    private final HeartbeatWheel wheel = newWheel(group, TICKS * TICK_MS, BEGIN_NS);
    private long nowNs = BEGIN_NS;

    @AfterEach
    void close() {
        test.close();
    }

    /** A session, and how often the wheel has called it. */
    private final class Beating {
        private final Session session;
        private int beats;
        private long beatMs = -1_000;
        private Runnable onBeat = () -> {};

        private Beating(SessionGroup into) {
            session = new Session(
                    test.sessions.loopOf(test.channel), new ClientProfile(protocol, test.regions.of(null), null));
            into.add(session);
            all.put(session, this);
        }

        void leave() {
            group.remove(session);
        }

        void beat() {
            beats++;
            onBeat.run();
        }
    }

    private SessionGroup newGroup(int intervalMs) {
        return new SessionGroup("test", test.channel.eventLoop(), HeartbeatWheel.slotCount(intervalMs));
    }

    private HeartbeatWheel newWheel(SessionGroup of, int intervalMs, long beginNs) {
        return new HeartbeatWheel(
                of, session -> Objects.requireNonNull(all.get(session)).beat(), intervalMs, beginNs);
    }

    private Beating add() {
        return new Beating(group);
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
        SessionGroup many = newGroup(25_000);
        HeartbeatWheel large = newWheel(many, 25_000, 0);
        assertThat(large.tickNs()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(TICK_MS));
        List<Beating> crowd = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            crowd.add(new Beating(many));
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
        SessionGroup many = newGroup(25_000);
        HeartbeatWheel large = newWheel(many, 25_000, 0);
        List<Beating> crowd = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            crowd.add(new Beating(many));
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
        leaves.leave();
        tick(TICKS);
        last.leave();
        tick(TICKS);

        assertThat(stays.beats).isEqualTo(2);
        assertThat(leaves.beats).isZero();
        assertThat(last.beats).isEqualTo(1);
    }

    @Test
    void shouldAllowRemovalDuringABeat() {
        List<Beating> leaving = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Beating session = add();
            session.onBeat = () -> session.leave();
            leaving.add(session);
        }
        tick(3 * TICKS);

        assertThat(leaving).allMatch(session -> session.beats == 1);
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
                inside.remove(index).leave();
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
        SessionGroup oneSlot = newGroup(20);
        HeartbeatWheel oneTick = newWheel(oneSlot, 20, 0);
        Beating session = new Beating(oneSlot);
        oneTick.advanceTo(TimeUnit.MILLISECONDS.toNanos(20));
        oneTick.advanceTo(TimeUnit.MILLISECONDS.toNanos(40));

        assertThat(session.beats).isEqualTo(2);
    }

    @Test
    void shouldBeatOnceInTheLongestRound() {
        SessionGroup many = newGroup(Integer.MAX_VALUE);
        HeartbeatWheel slow = newWheel(many, Integer.MAX_VALUE, 0);
        Beating session = new Beating(many);
        for (long now = 0; now <= TimeUnit.MILLISECONDS.toNanos(Integer.MAX_VALUE); now += slow.tickNs()) {
            slow.advanceTo(now);
        }

        assertThat(session.beats).isEqualTo(1);
    }
}
