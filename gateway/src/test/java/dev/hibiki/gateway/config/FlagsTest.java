package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import dev.hibiki.gateway.plugins.Plugins;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a command line is said in our words, and --help finds every option. */
class FlagsTest {
    private static final String LIST = "--help lists all options";

    private static ConfigLoader.Loaded load(String... arguments) throws ConfigException {
        return new ConfigLoader("v", Map.of(), Plugins.builtIn().sources()).load(arguments);
    }

    private static String help(String... arguments) throws ConfigException {
        return Objects.requireNonNull(load(arguments).text());
    }

    private static String error(String... arguments) {
        return catchThrowableOfType(ConfigException.class, () -> load(arguments))
                .getMessage();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--prot 1 | --prot is not an option; did you mean --port? (" + LIST + ")",
                "-port 1 | -port is not an option; did you mean --port? (" + LIST + ")",
                "--chanel=a | --chanel is not an option; did you mean --channel? (" + LIST + ")",
                "--cofnig=a | --cofnig is not an option; did you mean --config? (" + LIST + ")",
                "-x | -x is not an option (" + LIST + ")",
                "extra | \"extra\" is not an option (expected: --OPTION VALUE; " + LIST + ")",
                "redis://u:s3cret@h | \"redis://u:***@h\" is not an option (expected: --OPTION VALUE; " + LIST + ")",
                "--print-config no | \"no\" is not an option (expected: --OPTION VALUE; " + LIST + ")",
                "--channel a b | \"b\" follows the value of --channel (expected: commas between values, or --channel"
                        + " before each; " + LIST + ")",
                "--jwt-issuer my shop | \"shop\" follows the value of --jwt-issuer (expected: an option, or quotes around"
                        + " a value with blanks; " + LIST + ")",
                "--channel=a b | \"b\" follows the value of --channel (expected: commas between values, or --channel"
                        + " before each; " + LIST + ")",
                "--port | --port has no value (expected: --port PORT)",
                "--port --host ::1 | --port has no value (expected: --port PORT)",
                "--demo | --demo has no value (expected: --demo true or --demo false)",
                "--port 1 --port 2 | --port is given twice (expected: once)",
                "--config a --config b | --config is given twice (expected: once)",
                "--version=1 | --version takes no value (expected: --version alone)",
            })
    void shouldSayWhatIsWrongAndWhatWasExpected(String arguments, String message) {
        assertThat(error(arguments.split(" "))).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--admin-key my s3cret",
                "--admin-key=my s3cret",
                "--admin-key s3cret s3cret",
                "--admin-key my -s3cret",
                "--port 1 --publish-key my s3cret --host ::1",
                "--redis redis://u:my s3cret@h"
            })
    void shouldNotRepeatAPartOfASecret(String arguments) {
        assertThat(error(arguments.split(" ")))
                .startsWith("a word follows the value of --")
                .endsWith(LIST + ")")
                .doesNotContain("s3cret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--admin-key:s3cret | --admin-key and its value are one argument",
                "--redisredis://u:s3cret@h | --redisredis is not an option",
                "—admin-key=s3cret | the dash before admin-key is another letter (expected: --admin-key;",
                "–port | the dash before port is another letter (expected: --port;"
            })
    void shouldNotRepeatWhatStandsBehindAFlag(String argument, String message) {
        assertThat(error(argument)).startsWith(message).doesNotContain("s3cret");
    }

    /** As a list in a file of Docker Compose gives it. */
    @Test
    void shouldSayThatAFlagAndItsValueAreOneArgument() {
        assertThat(error("--redis redis://u:s3cret@h"))
                .isEqualTo("--redis and its value are one argument (expected: two, or --redis=VALUE; " + LIST + ")");
        assertThat(error("--chanel a")).startsWith("--chanel is not an option; did you mean --channel?");
    }

    @Test
    void shouldReadValuesThatBeginWithADashOrHoldEqualsSigns() throws ConfigException {
        GatewayConfig config = Objects.requireNonNull(load("--channel", "-a", "--channel=b=c", "--routing-field", "-x")
                .config());

        assertThat(config.channels()).containsExactly("-a", "b=c");
        assertThat(config.routingField()).isEqualTo("-x");
    }

    @ParameterizedTest
    @MethodSource("dev.hibiki.gateway.config.ConfigLoaderTest#options")
    void shouldExplainEveryOptionOnceAndInItsGroup(Option option) throws ConfigException {
        String entry = option.flag() + " " + option.valueName() + " " + option.description()
                + (option.isRepeatable() ? " Repeatable." : "")
                + (option.defaultText() == null ? "" : " (default: " + option.defaultText() + ")");

        assertThat(help("--help").replaceAll("\\s+", " ")).containsOnlyOnce(entry);
        assertThat(help("--help", option.group().shortName()).replaceAll("\\s+", " "))
                .containsOnlyOnce(entry);
    }

    @Test
    void shouldBeginWithTheOptionsThatANewcomerNeeds() throws ConfigException {
        String help = help("--help", "--port", "not checked");

        assertThat(help.lines()).allMatch(line -> line.length() <= Help.WIDTH);
        assertThat(help).containsSubsequence("Options to begin with:", "--redis URI", "--config FILE", "--help redis");
    }

    @ParameterizedTest
    @EnumSource(OptionGroup.class)
    void shouldShowOneGroup(OptionGroup group) throws ConfigException {
        assertThat(help("--help", group.shortName()))
                .isEqualTo(help("--help=" + group.shortName()))
                .startsWith(group.title() + ":\n  --")
                .endsWith("--help shows all groups.\n")
                .doesNotContain("Options to begin with");
        assertThat(help("--help").lines())
                .filteredOn(line -> line.equals(group.title() + " (--help " + group.shortName() + "):"))
                .hasSize(1);
    }

    @Test
    void shouldTakeTheShortFormOfHelp() throws ConfigException {
        assertThat(help("-h")).isEqualTo(help("--help"));
        assertThat(help("--port", "1", "-h", "tls")).isEqualTo(help("--help", "tls"));
    }

    @Test
    void shouldShowTheGroupOfAnOption() throws ConfigException {
        assertThat(help("--help", "tls-engine")).isEqualTo(help("--help", "tls"));
    }

    @Test
    void shouldNameTheGroupsWhenOneIsUnknown() {
        assertThat(error("--help", "limit"))
                .isEqualTo("--help: there is no group \"limit\" (expected: redis, clients, tls, tokens, admin, events,"
                        + " lag, limits, drain, health, system, command; did you mean limits?)");
    }

    @Test
    void shouldKnowTheOptionsToBeginWith() {
        assertThat(Arrays.asList("redis", "channel", "port", "config")).isSubsetOf(Help.FIRST);
        assertThat(ConfigLoaderTest.options().stream().map(Option::key).toList())
                .containsAll(Help.FIRST.subList(0, Help.FIRST.size() - 1));
    }
}
