package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.gateway.support.NotifySocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway notifies systemd and reacts to its signals. */
final class ServiceIT {
    @TempDir
    private Path folder;

    @Test
    void shouldNotifySystemdOfReadinessWatchdogAndStop() throws Exception {
        Path socket = folder.resolve("notify");
        try (NotifySocket systemd = NotifySocket.at(socket);
                GatewayProcess gateway = GatewayProcess.jar()
                        .environment("NOTIFY_SOCKET", socket.toString())
                        .environment("WATCHDOG_USEC", "30000000")
                        .start()) {
            eventually().until(() -> systemd.heard().contains("READY=1") && systemd.watchdogs() > 1);
            assertThat(systemd.heard()).contains("STATUS=in-process broker");
            gateway.terminate();
            assertThat(gateway.awaitExit()).isZero();
            eventually().until(() -> systemd.heard().stream().anyMatch(said -> said.startsWith("STOPPING=1")));
            assertThat(gateway.output()).doesNotContain(" WARN ");
        }
    }

    @Test
    void shouldNotNotifyReadinessWhileRedisIsDown() throws Exception {
        Path socket = folder.resolve("notify");
        try (NotifySocket systemd = NotifySocket.at(socket);
                GatewayProcess.EarlyClient early = GatewayProcess.jar("--redis", "redis://127.0.0.1:1")
                        .environment("NOTIFY_SOCKET", socket.toString())
                        .startAndConnect()) {
            eventually().until(() -> systemd.heard().stream().anyMatch(said -> said.startsWith("STATUS=")));
            assertThat(systemd.heard()).doesNotContain("READY=1");
            assertThat(early.client().unread()).isZero();
        }
    }

    /** Systemd sends SIGQUIT before it ends a stuck gateway, as the unit says. */
    @Test
    void shouldDumpItsThreadsAndContinueOnSigquit() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.script().start()) {
            gateway.signal("QUIT");
            eventually()
                    .untilAsserted(() -> assertThat(gateway.output())
                            .contains("Full thread dump ")
                            .containsPattern("\"hibiki-loop-\\d+-1\"[^\"]*at io\\.netty\\."));
            assertThat(Http.status(gateway.admin("/healthz"))).isEqualTo(200);
        }
    }
}
