package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.inprocess.InProcessBroker;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Secret;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.redis.RedisAddress;
import dev.hibiki.gateway.redis.RedisPubSubType;
import dev.hibiki.gateway.redis.RedisSettings;
import dev.hibiki.gateway.redis.stream.RedisStreamType;
import dev.hibiki.gateway.redis.stream.StreamSettings;
import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.TransportChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values come from flags, variables, a file and defaults, and are parsed by their kind. */
class ConfigLoaderTest {
    private final Map<String, String> environment = new HashMap<>();

    private static final AuthSettings.Keys NO_KEYS = new AuthSettings.Keys(List.of(), null);
    private static final AuthSettings.Admin NO_ADMIN = new AuthSettings.Admin(Set.of(), NO_KEYS, false);
    private static final GatewayConfig.Edge EDGE = new GatewayConfig.Edge(
            CidrSet.NONE,
            new GatewayConfig.Connections(0, 0, 8_192, 10_000, 10_000),
            new GatewayConfig.Handshakes(0, 0, OverBudget.REFUSE),
            new GatewayConfig.ClientLimits(100, 100, 4_096, 64));

    @TempDir
    Path folder = Path.of("");

    private ConfigLoader.Loaded load(String... arguments) throws ConfigException {
        return new ConfigLoader("1.2.3", environment, Plugins.builtIn().sources()).load(arguments);
    }

    private GatewayConfig config(String... arguments) throws ConfigException {
        return Objects.requireNonNull(load(arguments).config());
    }

    private String text(String... arguments) throws ConfigException {
        ConfigLoader.Loaded loaded = load(arguments);
        assertThat(loaded.config()).isNull();
        return Objects.requireNonNull(loaded.text());
    }

    static List<Option> options() {
        return new ConfigLoader("v", Map.of(), Plugins.builtIn().sources()).options();
    }

    private static Option option(String key) {
        return options().stream()
                .filter(option -> option.key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    private String file(String... lines) throws IOException {
        return Files.write(folder.resolve("hibiki.properties"), List.of(lines)).toString();
    }

    @Test
    void shouldRunWithNothingConfigured() throws ConfigException {
        assertThat(config())
                .isEqualTo(new GatewayConfig(
                        InProcessBroker.FACTORY,
                        List.of("topvideohub:trending"),
                        List.of("*"),
                        "region",
                        "US",
                        new GatewayConfig.Listen("0.0.0.0", 8765),
                        new GatewayConfig.Listen("127.0.0.1", 9765),
                        TransportChoice.AUTO,
                        Runtime.getRuntime().availableProcessors(),
                        new GatewayConfig.Limits(65_536, 1 << 20, 16L << 20, 256L << 20, 0, 65_536),
                        new GatewayConfig.Timing(25_000, 5_000, 30_000),
                        new GatewayConfig.Lag(Map.of(), null, "video_id"),
                        EDGE,
                        new GatewayConfig.Operations(0, 1_000, 30_000, List.of(), null, 30_000, 5_000, false),
                        new AuthSettings(NO_KEYS, NO_ADMIN, null),
                        true,
                        true,
                        new GatewayConfig.Logging(LogFormat.TEXT, LogLevel.INFO),
                        null));
    }

    /** A setting, a value and the printed result, for every kind of value. */
    static Stream<Arguments> settings() {
        return Stream.of(
                Arguments.of(option("redis"), "redis://a", "redis://b", "redis://c", ""),
                Arguments.of(Setting.CHANNEL, "a,b", "c", "d , e", "topvideohub:trending"),
                Arguments.of(Setting.ROUTING_FIELD, "a", "b", "c", "region"),
                Arguments.of(Setting.HOST, "127.0.0.2", "::1", "localhost", "0.0.0.0"),
                Arguments.of(Setting.PORT, "1", "0", "65535", "8765"),
                Arguments.of(Setting.TRANSPORT, "nio", "epoll", "io_uring", "auto"),
                Arguments.of(Setting.LOG_BYTES, "1m", "2m", "3m", "16m"),
                Arguments.of(Setting.DEMO, "false", "true", "false", "true"));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void shouldPreferTheFlagToTheVariableToTheFileToTheDefault(
            Option setting, String flag, String variable, String inFile, String byDefault) throws Exception {
        String file = file(setting.key() + '=' + inFile);

        assertThat(printed(setting)).isEqualTo(byDefault);
        assertThat(printed(setting, "--config", file)).isEqualTo(inFile);
        environment.put(setting.variable(), variable);
        assertThat(printed(setting, "--config", file)).isEqualTo(variable);
        assertThat(printed(setting, "--config", file, setting.flag(), flag)).isEqualTo(flag);
        assertThat(printed(setting, setting.flag() + '=' + flag)).isEqualTo(flag);
    }

    private String printed(Option setting, String... arguments) throws ConfigException {
        String[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--print-config";
        return text(all)
                .lines()
                .filter(line -> line.matches("#?" + setting.key() + "=.*"))
                .map(line -> line.substring(line.indexOf('=') + 1))
                .findFirst()
                .orElseThrow();
    }

    private static final String[] EVERY_KIND_OF_VALUE = {
        "redis=redis://:s3cret@redis.local:6380/2",
        "allowed-origin=https://a.example, https://*.b.example:8443",
        "redis-tls-verify=ca",
        "redis-sharded=false",
        "channel=a, b",
        "routing-field=shop",
        "default-region=JP",
        "host=::1",
        "port=80",
        "admin-host=localhost",
        "admin-port=0",
        "publish-key= key , other",
        "transport=NIO",
        "event-loops=3",
        "max-event-bytes=1024",
        "max-publish-bytes=2K",
        "log-bytes=1g",
        "idle-log-bytes=2g",
        "log-memory-bytes=3g",
        "max-write-bytes=128k",
        "source=Streams",
        "replay-bytes=100",
        "replay-age-ms=60000",
        "stream-max-length=5",
        "lag-policy=a=latest, SKIP",
        "lag-key=sku",
        "stall-timeout-ms=1000",
        "ping-interval-ms=100",
        "shutdown-timeout-ms=0",
        "deflate=False",
        "demo=FALSE\nlog-format=json\nlog-level=DEBUG"
    };

    @Test
    void shouldHaveDefaultsForEachKindOfSourceInRedis() throws ConfigException {
        RedisSettings redis = new RedisSettings(
                RedisAddress.parse("redis://h"), false, new RedisSettings.Tls(null, RedisSettings.Verify.FULL));

        assertThat(config("--redis", "redis://h").source()).isEqualTo(new RedisPubSubType.Factory(redis));
        assertThat(config("--redis", "redis://h", "--source", "streams").source())
                .isEqualTo(new RedisStreamType.Factory(redis, new StreamSettings(4 << 20, 3_600_000, 10_000)));
    }

    @Test
    void shouldLetATopicWithoutSubscribersKeepItsWholeLog() throws Exception {
        assertThat(config("--log-bytes", "512m").limits().idleLogBytes()).isEqualTo(512L << 20);
        assertThat(config("--max-event-bytes", "2m").limits().maxPublishBytes()).isEqualTo(2 << 20);
    }

    @Test
    void shouldReadEveryKindOfValueFromAFile() throws Exception {
        environment.put("HIBIKI_CONFIG", file(EVERY_KIND_OF_VALUE));

        assertThat(config())
                .isEqualTo(new GatewayConfig(
                        new RedisStreamType.Factory(
                                new RedisSettings(
                                        RedisAddress.parse("redis://:s3cret@redis.local:6380/2"),
                                        false,
                                        new RedisSettings.Tls(null, RedisSettings.Verify.CA)),
                                new StreamSettings(100, 60_000, 5)),
                        List.of("a", "b"),
                        List.of("https://a.example", "https://*.b.example:8443"),
                        "shop",
                        "JP",
                        new GatewayConfig.Listen("::1", 80),
                        new GatewayConfig.Listen("localhost", 0),
                        TransportChoice.NIO,
                        3,
                        new GatewayConfig.Limits(1024, 2048, 1L << 30, 2L << 30, 3L << 30, 128 << 10),
                        new GatewayConfig.Timing(100, 0, 1000),
                        new GatewayConfig.Lag(Map.of("a", LagPolicy.LATEST), LagPolicy.SKIP, "sku"),
                        EDGE,
                        new GatewayConfig.Operations(0, 1_000, 30_000, List.of(), null, 30_000, 5_000, false),
                        new AuthSettings(
                                new AuthSettings.Keys(List.of(new Secret("key"), new Secret("other")), null),
                                NO_ADMIN,
                                null),
                        false,
                        false,
                        new GatewayConfig.Logging(LogFormat.JSON, LogLevel.DEBUG),
                        null));
    }

    @Test
    void shouldPreferTheConfigFlagToItsVariable() throws Exception {
        environment.put("HIBIKI_CONFIG", folder.resolve("missing").toString());

        assertThat(config("--config", file("port=81")).listen().port()).isEqualTo(81);
    }

    @Test
    void shouldReadAChannelFromEachRepeatedFlag() throws ConfigException {
        assertThat(config("--channel", "a", "--channel=b:c", "--channel", "d,e").channels())
                .containsExactly("a", "b:c", "d", "e");
    }

    @Test
    void shouldIgnoreBlankVariablesAndThoseOfOtherPrograms() throws ConfigException {
        environment.put("HIBIKI_PORT", " ");
        environment.put("PORT", "1");

        assertThat(config().listen().port()).isEqualTo(8765);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 256})
    void shouldUseTheConfiguredNumberOfLoops(int loops) throws ConfigException {
        assertThat(config("--event-loops", String.valueOf(loops)).eventLoops()).isEqualTo(loops);
    }

    @Test
    void shouldShowTheVersion() throws ConfigException {
        assertThat(text("--version")).isEqualTo("hibiki 1.2.3\n");
    }
}
