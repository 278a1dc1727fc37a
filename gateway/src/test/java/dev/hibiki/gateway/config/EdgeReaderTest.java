package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class EdgeReaderTest {
    private static GatewayConfig.Edge edge(String... flags) throws ConfigException {
        return Objects.requireNonNull(
                        new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                                .load(flags)
                                .config())
                .edge();
    }

    @Test
    void shouldLimitAddressesByDefaultOnlyWhereClientAddressesAreKnown() throws ConfigException {
        assertThat(edge().connections().maxPerAddress()).isZero();
        assertThat(edge().handshakes().perAddress()).isZero();
        assertThat(edge("--trusted-proxy", "::1").connections().maxPerAddress()).isEqualTo(1_000);
        assertThat(edge("--trusted-proxy", "::1").handshakes().perAddress()).isEqualTo(50);
    }

    @Test
    void shouldUseAConfiguredLimitPerAddress() throws ConfigException {
        assertThat(edge("--max-connections-per-address", "7").connections().maxPerAddress())
                .isEqualTo(7);
        assertThat(edge("--handshakes-per-address", "8").handshakes().perAddress())
                .isEqualTo(8);
        assertThat(edge("--trusted-proxy", "::1", "--max-connections-per-address", "0")
                        .connections()
                        .maxPerAddress())
                .isZero();
    }

    @Test
    void shouldReadTheOtherOptions() throws ConfigException {
        GatewayConfig.Edge edge = edge(
                "--max-connections=1",
                "--max-header-bytes=2k",
                "--request-timeout-ms=300",
                "--idle-timeout-ms=400",
                "--handshake-rate=200",
                "--over-budget=accept",
                "--max-client-messages=3",
                "--max-client-message-bytes=9k",
                "--max-topics=2");

        assertThat(edge.connections().max()).isOne();
        assertThat(edge.connections().maxHeaderBytes()).isEqualTo(2_048);
        assertThat(edge.connections().requestTimeoutMs()).isEqualTo(300);
        assertThat(edge.connections().idleTimeoutMs()).isEqualTo(400);
        assertThat(edge.handshakes().rate()).isEqualTo(200);
        assertThat(edge.handshakes().overBudget()).isEqualTo(OverBudget.ACCEPT);
        assertThat(edge.limits().maxMessagesPerSecond()).isEqualTo(3);
        assertThat(edge.limits().maxMessageBytes()).isEqualTo(9_216);
        assertThat(edge.limits().maxTopics()).isEqualTo(2);
    }
}
