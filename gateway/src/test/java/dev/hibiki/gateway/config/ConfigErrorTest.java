package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.ingress.SourceType;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An error names the option, its value, the source of the value and the expectation. */
class ConfigErrorTest {
    private static final String NUMBERS = "a whole number from ";
    private static final String HOST = "an IP address or a host name, without scheme, port and brackets";
    private static final String SIZES = "bytes, such as 4096, 64k or 16m, from ";

    @TempDir
    Path folder = Path.of("");

    static String error(Map<String, String> environment, String... arguments) {
        return catchThrowableOfType(
                        ConfigException.class,
                        () -> new ConfigLoader(
                                        "v", environment, Plugins.builtIn().sources())
                                .load(arguments))
                .getMessage();
    }

    static String error(String... arguments) {
        return error(Map.of(), arguments);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port | 65536 | " + NUMBERS + "0 to 65535",
                "--port | -1 | " + NUMBERS + "0 to 65535",
                "--port | 80a | " + NUMBERS + "0 to 65535",
                "--port | '' | a value",
                "--admin-name | *.example.com | host names without a port, such as gateway-1.internal",
                "--admin-name | a,b:9765 | host names without a port, such as gateway-1.internal",
                "--admin-key-for-metrics | true | true only with --admin-key or --admin-key-file",
                "--admin-port | 1.5 | " + NUMBERS + "0 to 65535",
                "--lag-policy | skip,close | one policy for a channel, and one for the others",
                "--lag-policy | topvideohub:trending=skip,topvideohub:trending=close | one policy for a channel, and one for"
                        + " the others",
                "--event-loops | 257 | " + NUMBERS + "0 to 256",
                "--event-loops | 99999999999999999999 | " + NUMBERS + "0 to 256",
                "--ping-interval-ms | 99 | " + NUMBERS + "100 to 86400000",
                "--shutdown-timeout-ms | soon | " + NUMBERS + "0 to 86400000",
                "--drain-delay-ms | -1 | " + NUMBERS + "0 to 86400000",
                "--canary-interval-ms | 1999 | 0, or a whole number from 2000 to 86400000",
                "--loop-timeout-ms | 999 | " + NUMBERS + "1000 to 86400000",
                "--agent-port | 65536 | " + NUMBERS + "0 to 65535",
                "--drain-rate | fast | " + NUMBERS + "0 to 1000000",
                "--drain-deadline-ms | 86400001 | " + NUMBERS + "0 to 86400000",
                "--max-event-bytes | 63 | " + SIZES + "64 to 16777216",
                "--max-event-bytes | 17m | " + SIZES + "64 to 16777216",
                "--max-event-bytes | 1.5k | " + SIZES + "64 to 16777216",
                "--max-event-bytes | 64kb | " + SIZES + "64 to 16777216",
                "--max-publish-bytes | 65535 | at least --max-event-bytes, 64k",
                "--idle-log-bytes | 1m | at least --log-bytes, 16m",
                "--admin-port | 8765 | a port that differs from --port",
                "--agent-port | 8765 | a port that differs from --port",
                "--agent-port | 9765 | a port that differs from --admin-port",
                "--log-bytes | 63k | " + SIZES + "65536 to 68719476736",
                "--log-bytes | 65g | " + SIZES + "65536 to 68719476736",
                "--log-bytes | 17179869185g | " + SIZES + "65536 to 68719476736",
                "--max-write-bytes | 1023 | " + SIZES + "1024 to 1073741824",
                "--max-client-message-bytes | 1023 | " + SIZES + "1024 to 1048576",
                "--max-client-message-bytes | 1025k | " + SIZES + "1024 to 1048576",
                "--log-format | xml | text, json",
                "--log-level | loud | error, warn, info, debug, trace",
                "--tls-engine | gnutls | auto, jdk, openssl",
                "--tls-key-file | key.pem | --tls-cert-file as well",
                "--tls-cert-file | cert.pem | --tls-key-file as well",
                "--transport | kqueue | auto, io_uring, epoll, nio",
                "--source | stream | pubsub, streams; did you mean streams?",
                "--lag-policy | topvideohub:trendin=skip | a configured channel before the =; did you mean"
                        + " topvideohub:trending?",
                "--redis | '' | a value",
                "--source | streams | --redis as well, since streams are kept there",
                "--replay-bytes | all | " + SIZES + "0 to 68719476736",
                "--replay-age-ms | -1 | " + NUMBERS + "0 to 2147483647",
                "--stream-max-length | 0 | " + NUMBERS + "1 to 2147483647",
                "--demo | yes | true or false",
                "--host | a b | " + HOST,
                "--admin-host | http://x | " + HOST,
                "--host | localhost:80 | " + HOST,
                "--host | [::1] | " + HOST,
                "--host | 300.0.0.1 | " + HOST,
                "--default-region | 日本 | up to 16 of A-Z a-z 0-9 _ -",
                "--default-region | seventeen-letters | up to 16 of A-Z a-z 0-9 _ -",
                "--channel | a,,b | names that are not empty",
                "--channel | , | names that are not empty",
                "--redis-sharded | maybe | true or false",
                "--redis-sharded | true | true only with --source pubsub of a cluster, redis-cluster://",
                "--redis-tls-verify | some | full, ca, none",
                "--redis-tls-ca | ca.pem | to be set only where --redis asks for TLS, with rediss",
            })
    void shouldNameOptionValueSourceAndExpectation(String flag, String value, String expected) {
        assertThat(error(flag, value))
                .isEqualTo(flag + ": \"" + value + "\", from flag " + flag + " (expected: " + expected + ")");
    }

    @Test
    void shouldSayWhatIsWrongWithAnAddressOfRedis() {
        assertThat(error("--redis", "localhost:6379"))
                .isEqualTo("--redis: \"localhost:6379\", from flag --redis: it has no scheme; did you mean"
                        + " redis://localhost:6379?");
    }

    @Test
    void shouldLimitTheNamesOfChannelsInBytes() {
        assertThat(error("--channel", "*" + "新".repeat(171)))
                .endsWith("(expected: names and patterns of at most 512 bytes of UTF-8)");
    }

    @Test
    void shouldNameTheSourcesThatThereAre() {
        String names =
                Plugins.builtIn().sources().stream().map(SourceType::name).collect(Collectors.joining(", "));

        assertThat(names).startsWith("pubsub, streams");
        assertThat(error("--source", "none"))
                .isEqualTo("--source: \"none\", from flag --source (expected: " + names + ")");
    }

    @Test
    void shouldRefusePatternsForShardedPubSub() {
        assertThat(error("--redis", "redis-cluster://h", "--channel", "news", "--channel", "video:*"))
                .isEqualTo("--channel: \"news,video:*\", from flag --channel (expected: names and no patterns, since"
                        + " sharded Pub/Sub, the default in a cluster, has none; or --redis-sharded false)");
    }

    @Test
    void shouldNameACertificateFileWithoutCertificates() throws IOException {
        Path file = Files.writeString(folder.resolve("x.pem"), "x");

        assertThat(error("--redis", "rediss://h", "--redis-tls-ca", file.toString()))
                .isEqualTo("--redis-tls-ca: \"" + file
                        + "\", from flag --redis-tls-ca (expected: a readable file of certificates in PEM)");
    }

    @Test
    void shouldSayWhyAFileCannotBeRead() {
        String missing = folder.resolve("missing").toString();
        String pem = "a readable file in PEM; ";

        assertThat(error("--tls-cert-file", missing, "--tls-key-file", missing))
                .isEqualTo(unreadable("--tls-cert-file", missing, pem + "there is no such file"));
        assertThat(error("--tls-cert-file", folder.toString(), "--tls-key-file", missing))
                .isEqualTo(unreadable("--tls-cert-file", folder.toString(), pem + "it is not a file"));
        assertThat(error("--redis", "rediss://h", "--redis-tls-ca", missing))
                .isEqualTo(unreadable("--redis-tls-ca", missing, pem + "there is no such file"));
        assertThat(error("--jwt-secret-file", missing))
                .isEqualTo(unreadable("--jwt-secret-file", missing, "a file with a secret; there is no such file"));
        assertThat(error("--publish-keys-file", folder.toString()))
                .isEqualTo(unreadable(
                        "--publish-keys-file", folder.toString(), "a file with one key a line; it is a directory"));
    }

    private static String unreadable(String flag, String file, String expected) {
        return flag + ": \"" + file + "\", from flag " + flag + " (expected: " + expected + ")";
    }

    @Test
    void shouldRefuseASizeThatIsSetToItsDefaultAndDoesNotFit() {
        assertThat(error("--log-bytes", "512m", "--idle-log-bytes", "256m"))
                .isEqualTo("--idle-log-bytes: \"256m\", from flag --idle-log-bytes (expected: at least --log-bytes,"
                        + " 512m)");
    }

    @Test
    void shouldRefuseAPatternForStreams() {
        assertThat(error("--source", "streams", "--redis", "redis://h", "--channel", "a", "--channel", "b*"))
                .isEqualTo(
                        "--channel: \"a,b*\", from flag --channel (expected: with --source streams: the keys of streams,"
                                + " since those have no patterns)");
    }

    @Test
    void shouldNameAFieldThatIsTooLong() {
        String field = "f".repeat(65);

        assertThat(error("--routing-field", field))
                .isEqualTo("--routing-field: \"" + field
                        + "\", from flag --routing-field (expected: the name of a field," + " at most 64 characters)");
    }

    @Test
    void shouldNameTheVariable() {
        assertThat(error(Map.of("HIBIKI_PORT", "x")))
                .isEqualTo("--port: \"x\", from variable HIBIKI_PORT (expected: a whole number from 0 to 65535)");
    }

    @Test
    void shouldNameTheFile() throws IOException {
        Path file = Files.write(folder.resolve("f"), List.of("port=x"));

        assertThat(error("--config", file.toString()))
                .isEqualTo("--port: \"x\", from file " + file + " (expected: a whole number from 0 to 65535)");
    }

    @Test
    void shouldSayThatQuotationMarksArePartOfAValue() {
        assertThat(error(Map.of("HIBIKI_PORT", "\"8765\"")))
                .isEqualTo(
                        "--port: \"\"8765\"\", from variable HIBIKI_PORT (expected: a whole number from 0 to 65535, without"
                                + " quotation marks)");
    }

    @Test
    void shouldRefuseANameOfAFileThatIsBlank() {
        assertThat(error("--config=")).isEqualTo("--config: \"\", from flag --config (expected: the name of a file)");
    }
}
