package dev.hibiki.bench.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CrowdTest {
    @Test
    void shouldExpectEveryEventAtEveryClientWhenThereIsOneGroup() {
        assertThat(new Crowd(1_000, 1).deliveries(50, 150)).isEqualTo(100_000);
    }

    @Test
    void shouldExpectEachEventAtItsGroupOnly() {
        Crowd crowd = new Crowd(10, 3); // 4, 3 and 3 clients
        assertThat(crowd.deliveries(0, 1)).isEqualTo(4);
        assertThat(crowd.deliveries(1, 2)).isEqualTo(3);
        assertThat(crowd.deliveries(0, 6)).isEqualTo(20);
        assertThat(crowd.deliveries(4, 4)).isZero();
    }
}
