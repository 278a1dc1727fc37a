package dev.hibiki.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LastClientTest {
    @Test
    void shouldUseTheLastClientOfAllLoops() {
        PhaseStats one = new PhaseStats(100);
        PhaseStats two = new PhaseStats(100);
        one.sampled(99, 0, 1);
        one.sampled(100, 10_000, 20_000);
        one.sampled(100, 10_000, 30_000);
        two.sampled(100, 10_000, 5_010_000);
        one.sampled(101, 50_000, 60_000);

        LastClient last = new LastClient(List.of(one, two)).collect(2, i -> i == 0 ? 10_000 : 50_000, i -> 3);

        assertThat(last.times().getTotalCount()).isEqualTo(1);
        assertThat(last.times().getMaxValue()).isBetween(5_000_000L, 5_010_000L);
        assertThat(last.incomplete()).isEqualTo(1);
    }

    @Test
    void shouldFollowManyEvents() {
        PhaseStats stats = new PhaseStats(0);
        for (int i = 0; i < 100_000; i++) {
            stats.delivered(i);
            stats.sampled(i, i, i + 2_000_000);
        }
        LastClient last = new LastClient(List.of(stats)).collect(100_000, i -> i, i -> 1);
        assertThat(stats.deliveries()).isEqualTo(100_000);
        assertThat(last.incomplete()).isZero();
        assertThat(last.times().getTotalCount()).isEqualTo(100_000);
    }

    @Test
    void shouldIgnoreEventsWithoutATime() {
        LastClient last = new LastClient(List.of(new PhaseStats(0))).collect(5, i -> -1, i -> 1);
        assertThat(last.incomplete()).isZero();
    }
}
