package dev.hibiki.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
    void shouldAskForFewerClientsAsLoopLagAndHeapUseGrow(double lagSeconds, double heapInUse, int weight) {
        assertThat(Health.weight(lagSeconds, heapInUse)).isEqualTo(weight);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, true, alive",
        "30, 30, 0.97, true, alive",
        "31, 0, 0, false, an event loop has been stuck for 31 s",
        "0, 31, 0, false, an event loop has delivered nothing for 31 s",
        "0, 0, 0.98, false, 98% of the heap are in use after a collection"
    })
    void shouldNeedARestartOnlyWhenNothingElseHelps(
            double lagSeconds, double failingSeconds, double heapInUse, boolean alive, String detail) {
        assertThat(Health.liveness(lagSeconds, failingSeconds, 30, heapInUse))
                .isEqualTo(new SourceHealth(alive, detail));
    }

    @Test
    void shouldBeReadyOnlyWhenEventsArriveAndAreDelivered() {
        SourceHealth up = new SourceHealth(true, "subscribed");
        SourceHealth away = new SourceHealth(false, "no Redis");

        assertThat(Health.readiness(up, null, null)).isEqualTo(up);
        assertThat(Health.readiness(up, "stuck", null)).isEqualTo(new SourceHealth(false, "stuck"));
        assertThat(Health.readiness(away, "stuck", null)).isEqualTo(new SourceHealth(false, "no Redis; stuck"));
        assertThat(Health.readiness(up, null, "untried")).isEqualTo(new SourceHealth(true, "subscribed; untried"));
        assertThat(Health.readiness(away, null, "untried")).isEqualTo(new SourceHealth(false, "no Redis; untried"));
    }

    @Test
    void shouldStayReadyWhileSomeChannelCanBeRead() {
        SourceHealth some = new SourceHealth(true, "subscribed", Map.of("a", "NOPERM"));
        String told = "subscribed; cannot read \"a\": NOPERM";

        assertThat(Health.byChannels(some, false)).isEqualTo(new SourceHealth(true, told));
        assertThat(Health.byChannels(some, true)).isEqualTo(new SourceHealth(false, told));
        assertThat(some.isReadable("a")).isFalse();
        assertThat(some.isReadable("b")).isTrue();
    }
}
