package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway that may open few files keeps some for itself, and waits in peace when none are left. */
@Timeout(120)
final class OpenFilesIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int FILES = 2_000;
    private static final String READY = "GET /readyz HTTP/1.1\nHost: localhost\n\n";

    @Test
    void shouldKeepHalfOfFewFilesForRedisAndOperators() throws Exception {
        List<SocketChannel> clients = new ArrayList<>();
        try (GatewayProcess gateway = GatewayProcess.jarAfter("ulimit -n 300", "--max-connections", "5000")
                .start()) {
            for (int i = 0; i < 400; i++) {
                clients.add(
                        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port())));
            }
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(Http.get(gateway.admin("/metrics")).body())
                                    .containsPattern("(?m)^hibiki_refused_total\\{reason=\"connections\"} [1-9]")
                                    .contains("\nhibiki_sockets_max 150.0\n"));
            assertThat(Http.status(gateway.admin("/readyz"))).isEqualTo(200);
            assertThat(gateway.output()).contains("--max-connections 5000 is more than 300 open files allow");
            assertThat(gateway.output()).doesNotContain("Cannot accept");
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"io_uring", "epoll"})
    void shouldAcceptAgainWhenThereAreFilesAgain(String transport) throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar("--transport", transport, "--log-level", "debug")
                        .start();
                RawClient operator = new RawClient(gateway.adminPort());
                WebSocketClient inside = gateway.connect()) {
            operator.send(READY);
            assertThat(operator.readUntil("in-process")).startsWith("HTTP/1.1 200");
            limitFiles(gateway, 1); // What is open stays open.
            // io_uring has the old limit in the accept that is under way, so it lets one more client in.
            try (RawClient first = new RawClient(gateway.port());
                    RawClient second = new RawClient(gateway.port())) {
                first.send(RawClient.UPGRADE);
                second.send(RawClient.UPGRADE);
                String failed = "Failed to accept on 127.0.0.1:" + gateway.port();
                await().atMost(SOON).until(() -> count(gateway, failed) >= 3);
                assertThat(count(gateway, failed))
                        .as("It does not try without a pause")
                        .isLessThan(20);
                operator.send(READY);
                assertThat(operator.readUntil("connections on 127.0.0.1:" + gateway.port()))
                        .startsWith("HTTP/1.1 503");

                limitFiles(gateway, FILES);
                assertThat(first.readUntil("\r\n")).startsWith("HTTP/1.1 101");
                assertThat(second.readUntil("\r\n")).startsWith("HTTP/1.1 101");
            }
            String again = "Accepting connections on 127.0.0.1:" + gateway.port();
            await().atMost(SOON).until(() -> count(gateway, again) == 1);
            assertThat(count(gateway, "Cannot accept connections on 127.0.0.1:" + gateway.port()))
                    .isEqualTo(1);
            gateway.publish("{\"event\":\"new_trending\"}");
            assertThat(inside.awaitText(SOON)).contains("new_trending");
        }
    }

    private static void limitFiles(GatewayProcess gateway, int files) throws Exception {
        assertThat(new ProcessBuilder("prlimit", "--pid", "" + gateway.pid(), "--nofile=" + files + ":")
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    private static long count(GatewayProcess gateway, String text) throws IOException {
        return gateway.output().lines().filter(line -> line.contains(text)).count();
    }
}
