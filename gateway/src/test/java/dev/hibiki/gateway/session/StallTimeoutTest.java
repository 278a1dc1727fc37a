package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StallTimeoutTest {
    @ParameterizedTest
    @CsvSource({"30000, 1000, 30", "1000, 1000, 1", "1000, 1400, 1", "86400000, 1000, 32766", "86400000, 100, 32766"})
    void shouldDetectStallsForTimeoutsOfAnyLength(int stallTimeoutMs, int tickMs, int maxTicks) {
        assertThat(SlowReaders.maxStalledTicks(stallTimeoutMs, tickMs)).isEqualTo(maxTicks);
        assertThat((short) (maxTicks + 1)).isGreaterThan((short) maxTicks);
    }
}
