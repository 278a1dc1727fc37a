package dev.hibiki.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.ingress.SourceState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0, 100",
        "0.05, 0.7, 100",
        "0.43, 0, 62",
        "1, 0, 5",
        "3600, 0, 5",
        "0, 0.8, 62",
        "0, 0.95, 5",
        "0, 1, 5",
        "0.43, 0.95, 5",
        "-1, 0, 100"
    })
    void shouldWantFewerClientsTheLaterItsLoopsAndTheFullerItsHeap(double lagSeconds, double heapInUse, int weight) {
        assertThat(Health.weight(lagSeconds, heapInUse)).isEqualTo(weight);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, true, alive",
        "30, 0.97, true, alive",
        "31, 0, false, an event loop has been stuck for 31 s",
        "0, 0.98, false, 98% of the heap are in use after a collection"
    })
    void shouldAskForARestartOnlyWhereNothingElseHelps(
            double lagSeconds, double heapInUse, boolean alive, String detail) {
        assertThat(Health.liveness(lagSeconds, 30, heapInUse)).isEqualTo(new SourceState(alive, detail));
    }
}
