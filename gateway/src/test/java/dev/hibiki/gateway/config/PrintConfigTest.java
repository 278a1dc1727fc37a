package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.plugins.Plugins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PrintConfigTest {
    @TempDir
    Path folder = Path.of("");

    private static String print(Map<String, String> environment, String... arguments) throws ConfigException {
        String[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--print-config";
        ConfigLoader.Loaded loaded =
                new ConfigLoader("v", environment, Plugins.builtIn().sources()).load(all);
        assertThat(loaded.config()).isNull();
        return Objects.requireNonNull(loaded.text());
    }

    private GatewayConfig reload(String printed) throws IOException, ConfigException {
        Path file = Files.writeString(folder.resolve("printed.properties"), printed);
        return Objects.requireNonNull(
                new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                        .load("--config", file.toString())
                        .config());
    }

    @Test
    void shouldPrintEachValueUnderItsSource() throws Exception {
        Path file = Files.write(folder.resolve("f"), List.of("demo=false"));

        String printed = print(
                Map.of("HIBIKI_PORT", "81", "HIBIKI_TRANSPORT", " nio "),
                "--config",
                file.toString(),
                "--channel",
                "a",
                "--channel",
                "b");

        assertThat(printed)
                .contains("# flag --channel\nchannel=a,b\n")
                .contains("# variable HIBIKI_PORT\nport=81\n")
                .contains("# file " + file + "\ndemo=false\n")
                .contains("# variable HIBIKI_TRANSPORT\ntransport=nio\n")
                .contains("# default\nhost=0.0.0.0\n")
                .contains("# not set\n#redis=\n")
                .contains("# not set\n#publish-key=\n");
        for (Option setting : ConfigLoaderTest.options()) {
            assertThat(printed).containsPattern("(?m)^#?" + setting.key() + "=");
        }
    }

    @Test
    void shouldPrintAConfigurationThatCanBeLoadedAgain() throws Exception {
        String[] arguments = {
            "--redis",
            "redis://h:6380/2",
            "--channel",
            "a:b=c,新着,x#y!z",
            "--routing-field",
            "r = s",
            "--log-bytes",
            "1m"
        };
        GatewayConfig config = new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                .load(arguments)
                .config();

        assertThat(reload(print(Map.of(), arguments))).isEqualTo(config);
    }

    @Test
    void shouldPrintSpecialCharactersSoThatTheyAreLoadedAgain() throws Exception {
        String[] arguments = {"--channel", " #a,!b=c:d,e\nf,g\th\r,動画  x\f,port=1", "--routing-field", "=#"};

        GatewayConfig reloaded = reload(print(Map.of(), arguments));
        assertThat(reloaded.channels())
                .containsExactly("#a", "!b=c:d", "e\nf", "g\th", "動画  x", "port=1")
                .isEqualTo(Objects.requireNonNull(new ConfigLoader(
                                        "v", Map.of(), Plugins.builtIn().sources())
                                .load(arguments)
                                .config())
                        .channels());
        assertThat(reloaded.routingField()).isEqualTo("=#");
    }

    @Test
    void shouldPrintBackslashesSoThatTheyAreLoadedAgain() throws Exception {
        assertThat(reload(print(Map.of(), "--channel", "a\\*b,c\\\\d,\\u0041")).channels())
                .containsExactly("a\\*b", "c\\\\d", "\\u0041");
    }

    @Test
    void shouldPrintTheDefaultsSoThatTheyAreLoadedAgain() throws Exception {
        assertThat(reload(print(Map.of())))
                .isEqualTo(new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                        .load()
                        .config());
    }

    @Test
    void shouldHideThePublishKey() throws Exception {
        assertThat(print(Map.of("HIBIKI_PUBLISH_KEY", "s3cret")))
                .contains("# variable HIBIKI_PUBLISH_KEY\npublish-key=***\n")
                .doesNotContain("s3cret");
    }

    @Test
    void shouldPrintADefaultThatFitsTheOtherOptionsSoThatItIsLoadedAgain() throws Exception {
        String printed = print(Map.of(), "--log-bytes", "512m");

        assertThat(printed).contains("# default, changed to fit --log-bytes\nidle-log-bytes=512m\n");
        assertThat(reload(printed).limits().idleLogBytes()).isEqualTo(512L << 20);
    }

    /** A new option whose name looks like one of these must say how secret it is. */
    @Test
    void shouldMarkEveryOptionThatHoldsASecret() {
        assertThat(ConfigLoaderTest.options())
                .filteredOn(setting -> setting.key().matches(".*(key|secret|password|token)")
                        || setting.valueName().matches("UR[IL]"))
                .filteredOn(setting ->
                        setting != Setting.LAG_KEY && !setting.valueName().equals("FILE"))
                .isNotEmpty()
                .allMatch(setting -> setting.secrecy() != Option.Secrecy.NONE);
    }

    /** Every secret option except --drain-peer, which accepts no password: see OperationsReaderTest. */
    @ParameterizedTest
    @MethodSource("dev.hibiki.gateway.config.ConfigLoaderTest#options")
    void shouldHideTheSecretOfEveryOptionInPrintsAndErrors(Option setting) throws Exception {
        String value = switch (setting.secrecy()) {
            case NONE -> null;
            case WHOLE -> "s3cret";
            case PASSWORD -> (setting.key().equals("redis") ? "redis" : "https") + "://user:s3cret@host:1";
        };
        if (value == null || setting == Setting.DRAIN_PEER) {
            return;
        }
        assertThat(print(Map.of(), setting.flag(), value)).contains("***").doesNotContain("s3cret");
        if (setting == Setting.JWKS_URL) {
            assertThat(print(Map.of(), setting.flag(), "https://user:s3cret"))
                    .contains("\njwks-url=https://user:***\n")
                    .doesNotContain("s3cret");
        }
        // A space is invalid in each of them.
        assertThatThrownBy(() -> print(Map.of(), setting.flag(), value + " s3cret@ host"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(setting.flag())
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void shouldHideSecretsInToStringOfTheConfiguration() throws Exception {
        GatewayConfig config = new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                .load("--publish-key", "s3cret", "--admin-key", "s3cret", "--redis", "redis://user:s3cret@host")
                .config();

        assertThat(String.valueOf(config)).contains("***").doesNotContain("s3cret");
    }

    @ParameterizedTest
    @CsvSource({
        "redis://user:s3cret@host:6379/1, redis://user:***@host:6379/1",
        "redis://:s3cret@host, redis://:***@host",
        "REDIS://user:s3cret@host?db=2, REDIS://user:***@host?db=2",
        "redis://s3cret@host, redis://***@host",
        "rediss://user:s3c@ret@host, rediss://user:***@host",
        "redis://user:s3c:ret@host, redis://user:***@host",
        "redis-sentinel://user:s3cret@h1:1#m, redis-sentinel://user:***@h1:1#m",
        "rediss-cluster://:s3cret@h1:1, rediss-cluster://:***@h1:1",
        "redis://[::1]:6379/1, redis://[::1]:6379/1",
        "rediss://host:6379?db=1, rediss://host:6379?db=1",
        "redis-cluster://h1:7000;h2:7001, redis-cluster://h1:7000;h2:7001",
        "redis://under_score, redis://under_score",
        "redis://host:6379, redis://host:6379"
    })
    void shouldHideThePasswordOfRedis(String uri, String shown) throws Exception {
        assertThat(print(Map.of(), "--redis", uri.replace(';', ',')))
                .contains("\nredis=" + shown.replace(';', ',') + "\n");
    }
}
