package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OperationsReaderTest {
    private static GatewayConfig.Operations read(String... arguments) throws ConfigException {
        return Objects.requireNonNull(
                        new ConfigLoader("v", Map.of()).load(arguments).config())
                .operations();
    }

    @Test
    void shouldReadHowTheGatewayEnds() throws ConfigException {
        assertThat(read("--drain-delay-ms", "5000", "--drain-rate", "0", "--drain-deadline-ms", "60000"))
                .isEqualTo(new GatewayConfig.Operations(5_000, 0, 60_000, null, 30_000, 5_000));
    }

    @Test
    void shouldReadWhereItIsAskedHowItIs() throws ConfigException {
        assertThat(read().agentPort()).isNull();
        assertThat(read("--agent-port", "0").agentPort()).isZero();
        assertThat(read("--loop-timeout-ms", "1000").loopTimeoutMs()).isEqualTo(1_000);
    }

    @Test
    void shouldReadHowOftenSubscriptionsAreTriedOut() throws ConfigException {
        assertThat(read("--canary-interval-ms", "0").canaryIntervalMs()).isZero();
        assertThat(read("--canary-interval-ms", "2000").canaryIntervalMs()).isEqualTo(2_000);
    }
}
