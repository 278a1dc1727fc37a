package dev.hibiki.bench.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void shouldSpreadEventsEvenlyWithoutDrift() {
        Schedule schedule = Schedule.steady(3);
        assertThat(schedule.dueNs(0)).isZero();
        assertThat(schedule.dueNs(3)).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        assertThat(schedule.dueNs(3_000_000)).isEqualTo(TimeUnit.SECONDS.toNanos(1_000_000));
    }

    @Test
    void shouldSendBurstsAtOnce() {
        Schedule schedule = Schedule.bursts(3, 1_000);
        assertThat(new long[] {schedule.dueNs(0), schedule.dueNs(2), schedule.dueNs(3), schedule.dueNs(7)})
                .containsExactly(0, 0, 1_000, 2_000);
    }

    @Test
    void shouldCountTheEventsBeforeATime() {
        Schedule steady = Schedule.steady(100);
        assertThat(steady.eventsBefore(0)).isZero();
        assertThat(steady.eventsBefore(1)).isEqualTo(1);
        assertThat(steady.eventsBefore(TimeUnit.SECONDS.toNanos(5))).isEqualTo(500);
        assertThat(Schedule.bursts(20, 1_000).eventsBefore(1_001)).isEqualTo(40);
        assertThat(Schedule.bursts(20, 1_000).eventsBefore(1_000)).isEqualTo(20);
    }
}
