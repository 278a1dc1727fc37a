package dev.hibiki.gateway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbePlanTest {
    @ParameterizedTest
    @ValueSource(strings = {"topvideohub:trending", "a{b}c", "{b}", "a{b", "{", "a{b}{c}", "新しい動画", "news.*", "a{{b}}"})
    void shouldNameAProbeChannelInTheSlotOfTheChannel(String channel) {
        try (GatewayMetrics metrics = new GatewayMetrics()) {
            String canary = ProbePlan.every(5_000, metrics, now -> {}).nameBeside(channel);

            assertThat(SlotHash.getSlot(canary)).isEqualTo(SlotHash.getSlot(channel));
            assertThat(canary).startsWith("hibiki:canary:");
            assertThat(ProbePlan.every(5_000, metrics, now -> {}).nameBeside(channel))
                    .isNotEqualTo(canary);
        }
    }
}
