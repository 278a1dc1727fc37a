package dev.hibiki.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaceTest {
    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(10);

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 99, 1_000, 1_000_000})
    void shouldGiveTheFirstTurnAtOnceAndTheOthersAtTheRate(int perSecond) {
        Pace pace = new Pace(Long.MAX_VALUE - STEP_NS);
        long nowNs = Long.MAX_VALUE - STEP_NS;
        long taken = pace.take(perSecond, nowNs);

        assertThat(taken).isEqualTo(1);
        for (int i = 0; i < 1_000; i++) {
            nowNs += STEP_NS; // The clock overflows, as System.nanoTime() may.
            taken += pace.take(perSecond, nowNs);
        }
        assertThat(taken).isBetween(10L * perSecond, 10L * perSecond + 1);
    }

    @Test
    void shouldNotMakeUpForALongPauseAtOnce() {
        Pace pace = new Pace(0);

        assertThat(pace.take(1_000, TimeUnit.MINUTES.toNanos(1))).isEqualTo(101);
        assertThat(pace.take(1_000, TimeUnit.MINUTES.toNanos(1))).isZero();
    }

    @Test
    void shouldGiveOneTurnAtATimeAtALowRate() {
        Pace pace = new Pace(0);

        assertThat(pace.take(2, 0)).isEqualTo(1);
        assertThat(pace.take(2, TimeUnit.MILLISECONDS.toNanos(499))).isZero();
        assertThat(pace.take(2, TimeUnit.MILLISECONDS.toNanos(500))).isEqualTo(1);
        assertThat(pace.take(2, TimeUnit.HOURS.toNanos(1))).isEqualTo(1);
    }

    @Test
    void shouldGiveNoTurnsAtARateOfZeroAndNotMakeUpForThem() {
        Pace pace = new Pace(0);

        assertThat(pace.take(0, TimeUnit.SECONDS.toNanos(1))).isZero();
        assertThat(pace.take(100, TimeUnit.MILLISECONDS.toNanos(1_010))).isEqualTo(2);
        assertThat(pace.take(0, TimeUnit.MILLISECONDS.toNanos(1_015))).isZero();
        assertThat(pace.take(100, TimeUnit.MILLISECONDS.toNanos(1_025))).isEqualTo(1);
    }
}
