package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperationsReaderTest {
    private static GatewayConfig.Operations read(String... arguments) throws ConfigException {
        return Objects.requireNonNull(
                        new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                                .load(arguments)
                                .config())
                .operations();
    }

    @Test
    void shouldReadTheDrainOptions() throws ConfigException {
        assertThat(read("--drain-delay-ms", "5000", "--drain-rate", "0", "--drain-deadline-ms", "60000"))
                .isEqualTo(new GatewayConfig.Operations(5_000, 0, 60_000, List.of(), null, 30_000, 5_000, null, false));
    }

    @Test
    void shouldReadTheAgentPortAndTheLoopTimeout() throws ConfigException {
        assertThat(read().agentPort()).isNull();
        assertThat(read("--agent-port", "0").agentPort()).isZero();
        assertThat(read("--loop-timeout-ms", "1000").loopTimeoutMs()).isEqualTo(1_000);
    }

    @Test
    void shouldReadTheDrainPeers() throws ConfigException {
        assertThat(read("--drain-peer", "http://10.0.0.2:9765", "--drain-peer", "https://[::1]:443/")
                        .drainPeers())
                .containsExactly(URI.create("http://10.0.0.2:9765"), URI.create("https://[::1]:443/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.2:9765",
                "ftp://a",
                "http://",
                "http:///x",
                "http://a/metrics",
                "http://a",
                "http://a:0",
                "http://a:70000",
                "http://a b",
                "http://a?b"
            })
    void shouldSayHowAPeerIsWritten(String peer) {
        assertThatThrownBy(() -> read("--drain-peer", peer))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--drain-peer: \"" + peer
                        + "\", from flag --drain-peer (expected: the admin ports of other gateways, such as"
                        + " http://10.0.0.2:9765, and a --drain-rate)");
    }

    @Test
    void shouldRefuseDrainPeersWithARateOfZero() {
        assertThatThrownBy(() -> read("--drain-peer", "http://a:1", "--drain-rate", "0"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("and a --drain-rate");
    }

    @Test
    void shouldHideThePasswordOfAPeer() {
        assertThatThrownBy(() -> read("--drain-peer", "http://u:p4ss@a"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("--drain-peer: \"http://u:***@a\"");
    }

    @Test
    void shouldReadTheCanaryInterval() throws ConfigException {
        assertThat(read("--canary-interval-ms", "0").canaryIntervalMs()).isZero();
        assertThat(read("--canary-interval-ms", "2000").canaryIntervalMs()).isEqualTo(2_000);
    }
}
