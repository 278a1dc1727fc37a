package dev.hibiki.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoopCountersTest {
    @Test
    void shouldSumTheCountersOfAllLoops() {
        GatewayMetrics metrics = new GatewayMetrics();
        LoopCounters first = metrics.newLoopCounters();
        LoopCounters second = metrics.newLoopCounters();
        metrics.loops(List.of(first, second));

        first.delivered(3, 300);
        second.delivered(1, 50);
        second.delivered(2, 25);
        first.sweeping();
        first.swept(2_000_000);
        second.sweeping();
        second.swept(40_000);

        assertThat(metrics.scrape())
                .contains("hibiki_deliveries_total 6.0")
                .contains("hibiki_delivered_bytes_total 375.0")
                .contains("hibiki_sweeps_total 2.0")
                .contains("hibiki_fan_out_seconds_count 2")
                .contains("hibiki_fan_out_seconds_bucket{le=\"5.0E-5\"} 1");
        metrics.close();
    }

    @Test
    void shouldCountOnlySweepsThatHadNewsOfItsTopics() {
        GatewayMetrics metrics = new GatewayMetrics();
        LoopCounters counters = metrics.newLoopCounters();

        counters.swept(1);
        assertThat(counters.sweeps()).isZero();
        counters.sweeping();
        counters.sweeping();
        counters.swept(1);
        counters.swept(1);
        assertThat(counters.sweeps()).isOne();
        metrics.close();
    }
}
