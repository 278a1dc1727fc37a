package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A typing error in the name of a variable stops the start. Other unknown names are only told. */
class VariablesTest {
    private static List<String> warnings(Map<String, String> environment, String... arguments) throws ConfigException {
        return new ConfigLoader("v", environment, Plugins.builtIn().sources())
                .load(arguments)
                .warnings();
    }

    @ParameterizedTest
    @CsvSource({
        "HIBIKI_PROT, HIBIKI_PORT",
        "HIBIKI_CHANEL, HIBIKI_CHANNEL",
        "HIBIKI_CHANNELS, HIBIKI_CHANNEL",
        "HIBIKI_CONFG, HIBIKI_CONFIG",
        "HIBIKI_JAVA_OPT, HIBIKI_JAVA_OPTS",
        "HIBIKI_ALLOWED_ORIGINS, HIBIKI_ALLOWED_ORIGIN"
    })
    void shouldRefuseATypingError(String wrong, String right) {
        assertThatThrownBy(() -> warnings(Map.of(wrong, "s3cret")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("The variable " + wrong + " is not an option; did you mean " + right
                        + "? (--help lists all options)");
    }

    @Test
    void shouldNameOtherUnknownVariables() throws ConfigException {
        assertThat(warnings(Map.of("HIBIKI_GREETING", "s3cret")))
                .containsExactly(
                        "The variable HIBIKI_GREETING is not an option, so it has no effect (--help lists all options)");
    }

    /** Kubernetes sets variables in all pods for a service with the name hibiki or hibiki-admin. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "PORT",
                "HIBIKI_JAVA_OPTS",
                "HIBIKI_HOME",
                "HIBIKI_TEST_STRICT",
                "HIBIKI_BENCH_JAVA",
                "HIBIKI_SERVICE_HOST",
                "HIBIKI_SERVICE_PORT_HTTP",
                "HIBIKI_PORT_8765_TCP",
                "HIBIKI_ADMIN_PORT_9765_TCP_ADDR",
                "HIBIKI_ADMIN_SERVICE_PORT"
            })
    void shouldIgnoreVariablesOfOthers(String name) throws ConfigException {
        assertThat(warnings(Map.of(name, "1"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "HIBIKI_1_PORT, tcp://10.0.0.1:8765",
        "HIBIKI_REDIS_PORT, tcp://10.0.0.1:6379",
        "HIBIKI_DNS_PORT, udp://10.0.0.1:53",
        "HIBIKI_REDIS_SERVICE_HOST, 10.0.0.1",
        "HIBIKI_1_PORT_8765_TCP, tcp://10.0.0.1:8765"
    })
    void shouldIgnoreTheAddressesOfOtherServices(String name, String value) throws ConfigException {
        assertThat(warnings(Map.of(name, value))).isEmpty();
    }

    @Test
    void shouldNameTheOptionThatAnUnknownVariableBeginsWith() throws ConfigException {
        assertThat(warnings(Map.of("HIBIKI_REDIS_URL", "redis://:s3cret@h")))
                .containsExactly(
                        "The variable HIBIKI_REDIS_URL is not an option, so it has no effect; did you mean HIBIKI_REDIS?"
                                + " (--help lists all options)");
    }

    @Test
    void shouldRefuseATypingErrorThatLooksLikeAService() {
        assertThatThrownBy(() -> warnings(Map.of("HIBIKI_1_PORT", "8765")))
                .hasMessageContaining("did you mean HIBIKI_PORT?");
    }

    @Test
    void shouldIgnoreBlankVariables() throws ConfigException {
        assertThat(warnings(Map.of("HIBIKI_PROT", " "))).isEmpty();
    }

    @Test
    void shouldExplainThePortThatKubernetesSets() {
        assertThatThrownBy(() -> warnings(Map.of("HIBIKI_PORT", "tcp://10.0.0.1:8765")))
                .hasMessageStartingWith("--port: \"tcp://10.0.0.1:8765\", from variable HIBIKI_PORT (expected: a port;"
                        + " Kubernetes sets this variable for a service of that name");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--lag-key=sku | --lag-policy latest",
                "--tls-engine=jdk | --tls-cert-file",
                "--replay-bytes=1m | --source streams",
                "--over-budget=accept | --handshake-rate",
                "--redis-tls-verify=ca | --redis that asks for TLS, with rediss",
                "--redis-sharded=false | --redis",
                "--jwt-leeway-s=1 | --jwt-secret-file, --jwt-public-key-file or --jwks-url",
            })
    void shouldNameAnOptionWithoutEffect(String argument, String needed) throws ConfigException {
        String flag = argument.substring(0, argument.indexOf('='));
        String value = argument.substring(argument.indexOf('=') + 1);

        assertThat(warnings(Map.of(), argument))
                .containsExactly(flag + ": \"" + value + "\", from flag " + flag + ", has no effect (expected: with "
                        + needed + ")");
    }

    @Test
    void shouldNameEachOptionOfRedisOnce() throws ConfigException {
        assertThat(warnings(Map.of(), "--redis=redis://user:@h", "--redis-tls-verify=none", "--source=streams"))
                .containsExactly(
                        "--redis: the password after the user is empty, so the gateway uses neither (expected:"
                                + " USER:PASSWORD@; perhaps a variable is not set)",
                        "--redis-tls-verify: \"none\", from flag --redis-tls-verify, has no effect (expected: with"
                                + " --redis that asks for TLS, with rediss)");
        assertThat(warnings(Map.of(), "--redis=rediss://:@h", "--redis-tls-verify=ca", "--redis-sharded=false"))
                .isEmpty();
    }

    @Test
    void shouldNotWarnOfDefaultsThatAreWrittenOut() throws ConfigException {
        assertThat(warnings(Map.of(), "--lag-key", "video_id", "--over-budget", "refuse"))
                .isEmpty();
    }
}
