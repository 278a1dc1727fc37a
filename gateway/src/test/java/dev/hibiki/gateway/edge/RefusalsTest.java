package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RefusalsTest {
    @Test
    void shouldSpreadTheRetryTimesOfRefusedClients() {
        assertThat(IntStream.range(0, 1_000)
                        .map(any -> Refusals.retryAfterSeconds())
                        .distinct()
                        .sorted())
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    }
}
