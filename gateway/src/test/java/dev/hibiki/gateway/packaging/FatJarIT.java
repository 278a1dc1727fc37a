package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.config.Setting;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code java -jar hibiki.jar} works from its options to its exit code, on the Java that runs the tests. */
@Tag("jdk")
@ExtendWith(RedisExtension.class)
final class FatJarIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String EVENT = "{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"新しい動画\"";

    @Test
    void shouldServeUntilItIsTerminated() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar().start();
                WebSocketClient client = gateway.connect()) {
            gateway.publish(EVENT + "}");
            assertThat(client.awaitText(SOON)).startsWith(EVENT).contains("\"id\":");
            gateway.terminate();
            assertThat(client.awaitClose(SOON)).extracting(Closure::code).isEqualTo(1012);
            assertThat(gateway.awaitExit()).isZero();
            // Neither the JVM nor a library warns, for instance of native access, Unsafe or flags.
            assertThat(gateway.output().lines())
                    .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\S+ INFO .*"))
                    .satisfies(lines -> assertThat(lines.get(0)).containsPattern("Hibiki [0-9.]+\\S* on Java [0-9.]+$"))
                    .last()
                    .asString()
                    .endsWith("Bye");
        }
    }

    @Test
    void shouldServeFromRedis(RedisFixture redis) throws Exception {
        GatewayProcess.Launch launch = GatewayProcess.jar().environment("HIBIKI_REDIS", redis.uri());
        try (GatewayProcess gateway = launch.start();
                WebSocketClient client = gateway.connect()) {
            assertThat(redis.publish(GatewayProcess.CHANNEL, EVENT + ",\"id\":\"42\"}"))
                    .isEqualTo(1);
            assertThat(client.awaitText(SOON)).isEqualTo(EVENT + ",\"id\":\"42\"}");
            gateway.terminate();
            assertThat(client.awaitClose(SOON)).extracting(Closure::code).isEqualTo(1012);
            assertThat(gateway.awaitExit()).isZero();
            assertThat(gateway.output())
                    .containsPattern("redis-cli -p \\d+ PUBLISH " + GatewayProcess.CHANNEL)
                    .doesNotContain(" WARN ")
                    .doesNotContain("WARNING:");
            await().atMost(SOON)
                    .until(() -> redis.cli("PUBSUB", "NUMSUB", GatewayProcess.CHANNEL)
                            .endsWith("0"));
        }
    }

    /** A cancelled deployment or an impatient supervisor does not wait for the end of the start. */
    @Test
    void shouldEndInOrderWhileItStarts() throws Exception {
        try (GatewayProcess.EarlyClient early = GatewayProcess.jar().startAndConnect()) {
            early.gateway().terminate();
            assertThat(early.client().awaitClose(SOON))
                    .as(early.gateway().output())
                    .extracting(Closure::code)
                    .isEqualTo(1012);
            assertThat(early.gateway().awaitExit()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldUseTheConfiguredTransport(Transport transport) throws Exception {
        GatewayProcess.Launch launch = GatewayProcess.jar("--transport", transport.optionName());
        if (transport.unavailability() != null) {
            // Containers often forbid io_uring. A transport that was named is not replaced silently.
            GatewayProcess.Result refused = launch.run();
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.output())
                    .startsWith("hibiki: --transport " + transport.optionName() + " is not available here: ");
            return;
        }
        try (GatewayProcess gateway = launch.start();
                WebSocketClient client = gateway.connect()) {
            gateway.publish(EVENT + ",\"id\":\"1\"}");
            assertThat(client.awaitText(SOON)).isEqualTo(EVENT + ",\"id\":\"1\"}");
            String announced = ", transport " + transport.optionName() + " on ";
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(gateway.output()).contains(announced));
        }
    }

    @Test
    void shouldNameTheOptionItsValueAndTheExpectation() throws Exception {
        assertThat(GatewayProcess.jar("--port", "http").run())
                .isEqualTo(new GatewayProcess.Result(
                        2, "hibiki: --port: \"http\", from flag --port (expected: a whole number from 0 to 65535)\n"));
        assertThat(GatewayProcess.jar()
                        .environment("HIBIKI_TRANSPORT", "carrier-pigeon")
                        .run())
                .isEqualTo(new GatewayProcess.Result(
                        2,
                        "hibiki: --transport: \"carrier-pigeon\", from variable HIBIKI_TRANSPORT"
                                + " (expected: auto, io_uring, epoll, nio)\n"));
    }

    @Test
    void shouldRefuseAnUnknownOption() throws Exception {
        GatewayProcess.Result result = GatewayProcess.jar("--prot", "1").run();
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.output().lines()).singleElement().asString().contains("--prot", "--help");
    }

    @ParameterizedTest
    @CsvSource({"--port, --admin-port", "--admin-port, --port"})
    void shouldNameAPortInUse(String option, String other) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            GatewayProcess.Result result = GatewayProcess.jar("--host", "127.0.0.1", option, port, other, "0")
                    .run();
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.output().lines().skip(1)) // The first line names the version.
                    .singleElement()
                    .asString()
                    .startsWith("hibiki: cannot listen on 127.0.0.1:" + port + ": ")
                    .contains("in use");
        }
    }

    @Test
    void shouldListEveryOptionInItsHelp() throws Exception {
        GatewayProcess.Result help = GatewayProcess.jar("--help").run();
        assertThat(help.exitCode()).isZero();
        assertThat(help.output())
                .contains(Stream.of(Setting.values()).map(Setting::flag).toList())
                .contains("--print-config", "--version", "(default: 8765)");
    }

    @Test
    void shouldPrintItsVersion() throws Exception {
        assertThat(GatewayProcess.jar("--version").run())
                .extracting(GatewayProcess.Result::exitCode, GatewayProcess.Result::output)
                .satisfies(result -> {
                    assertThat(result.get(0)).isEqualTo(0);
                    assertThat(result.get(1)).asString().matches("hibiki \\d+\\.\\d+\\.\\d+\\S*\n");
                });
    }

    @Test
    void shouldPrintItsConfigurationWithTheSources() throws Exception {
        GatewayProcess.Result printed = GatewayProcess.jar(
                        "--print-config", "--port", "1234", "--publish-key", "hirake-goma")
                .environment("HIBIKI_REDIS", "redis://:hush@127.0.0.1")
                .run();
        assertThat(printed.exitCode()).isZero();
        assertThat(printed.output())
                .contains("# flag --port\nport=1234\n")
                .contains("# variable HIBIKI_REDIS\nredis=redis://:***@127.0.0.1\n")
                .contains("# default\nadmin-port=9765\n")
                .contains("publish-key=***\n")
                .doesNotContain("hirake", "hush");
    }
}
