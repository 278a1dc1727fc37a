package dev.hibiki.gateway.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.HandshakeRefusedException;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The log lines about clients, read from the program's standard output. */
final class StructuredLogIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** The rawest value that a header may have: quotes, a tab, and the byte that starts a terminal's commands. */
    private static final String AGENT = "Evil \"x\\\"\t\u009b2J msg={}";

    private static void awaitLine(GatewayProcess gateway, String... parts) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(gateway.output().lines())
                        .anySatisfy(line -> assertThat(line).contains(parts)));
    }

    private static void refuse(GatewayProcess gateway) {
        HandshakeRefusedException refused = catchThrowableOfType(
                HandshakeRefusedException.class,
                () -> WebSocketClient.to(gateway.webSocket() + "?channel=no%0Asuch%22one")
                        .header("User-Agent", AGENT)
                        .header("X-Region", "JP")
                        .connect());
        assertThat(refused.response().status()).isEqualTo(404);
    }

    @Test
    void shouldLogSessionsAsJsonObjects() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar("--log-format", "json", "--log-level", "debug")
                .start()) {
            try (WebSocketClient client = WebSocketClient.to(gateway.webSocket() + "?region=JP&region=KR")
                    .header("X-Region", "JP")
                    .subprotocols("hibiki.v1")
                    .connect()) {
                client.closeNormally();
            }
            refuse(gateway);

            awaitLine(
                    gateway,
                    "\"msg\":\"Session opened\"",
                    "\"connection\":\"",
                    "\"address\":\"127.0.0.1:",
                    "\"region\":\"JP\",\"kind\":\"ws+hibiki.v1\",\"channels\":\"topvideohub:trending\",\"regions\":\"JP,KR\"");
            awaitLine(gateway, "\"msg\":\"Session closed\"", "\"code\":1000,\"reason\":\"client\",\"duration_ms\":");
            awaitLine(
                    gateway,
                    "\"msg\":\"Refused\"",
                    "\"region\":\"JP\",\"user_agent\":\"Evil \\\"x\\\\\\\"\\tÂ\\u009b2J msg={}\",\"status\":404,",
                    "\"reason\":\"unknown channel \\\"no\\nsuch\\\"one\\\"\"");
            gateway.terminate();
            assertThat(gateway.awaitExit()).isZero();
            assertEachIsAnObject(gateway.output().lines().toList());
        }
    }

    private static void assertEachIsAnObject(List<String> lines) {
        assertThat(lines)
                .isNotEmpty()
                .allMatch(line -> line.matches("\\{\"ts\":\"[^\"]+\",\"level\":\"[A-Z]+\",\"logger\":.*}"));
    }

    @Test
    void shouldLogRefusalsButNoUsualSessions() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar().start()) {
            for (int i = 0; i < 20; i++) {
                try (WebSocketClient client = gateway.connect()) {
                    client.closeNormally();
                }
                refuse(gateway);
            }
            gateway.terminate();
            assertThat(gateway.awaitExit()).isZero();

            assertThat(gateway.output().lines().filter(line -> line.contains("Session")))
                    .isEmpty();
            assertThat(gateway.output().lines().filter(line -> line.contains("Refused")))
                    .hasSizeBetween(5, 15)
                    .allSatisfy(line -> assertThat(line)
                            .contains("Refusals - Refused connection=", " address=127.0.0.1:", " region=JP")
                            .endsWith(" user_agent=\"Evil \\\"x\\\\\\\"\\tÂ\\u009b2J msg={}\" status=404"
                                    + " reason=\"unknown channel \\\"no\\nsuch\\\"one\\\"\""));
        }
    }

    @Test
    void shouldLogWhyAnUnusualSessionEnded() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar().start();
                WebSocketClient client = gateway.connect()) {
            client.sendBytes(new byte[] {(byte) 0xF1, 0x00}); // Reserved bits, and no mask.

            assertThat(client.awaitClose(SOON).code()).isEqualTo(1002);
            awaitLine(
                    gateway,
                    " INFO  SessionLog - Session closed connection=",
                    " region=US kind=ws code=1002 reason=\"protocol error\" duration_ms=");
        }
    }

    @Test
    void shouldLogNothingBelowTheConfiguredLevel() throws IOException {
        try (GatewayProcess gateway = GatewayProcess.jar("--log-level", "warn").start()) {
            gateway.terminate();
            assertThat(gateway.awaitExit()).isZero();

            assertThat(gateway.output()).isEmpty();
        }
    }
}
