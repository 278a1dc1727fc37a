package dev.hibiki.gateway;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.Footprint;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.SwarmReport;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The gateway closes in order and leaves nothing open, whatever its clients and publishers do meanwhile. */
@Tag("jdk")
final class GatewayCloseIT {
    private static final int CLIENTS = 100;
    /** How many events the slowest client may be behind. */
    private static final int MAX_AHEAD = 100;

    private static final Closure RESTARTING = new Closure(1012, "server restarting");

    @Test
    @ExtendWith(RedisExtension.class)
    void shouldCloseEveryClientWith1012WhileEventsArrive(RedisFixture redis) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/"))
                        .sequence(Events::sequence)
                        .connect(CLIENTS, PATIENCE)) {
            CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> {
                for (long next = 0; !over.get(); next++) {
                    redis.publish(CHANNEL, Events.large(next, 300));
                    // Else the clients, which run here too, would still have seconds of events to read at the end.
                    while (!gateway.sessions().isEnding() && slowest(swarm) < next - MAX_AHEAD) {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                    }
                }
            });
            swarm.awaitMessages(500, PATIENCE);

            gateway.gateway().close();
            over.set(true);
            publishing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            swarm.awaitClosed(0, CLIENTS, PATIENCE);
            assertThat(swarm.reports())
                    .allSatisfy(report -> assertThat(report.closure()).isEqualTo(RESTARTING))
                    .allSatisfy(report -> assertThat(report.firstSequence()).isZero())
                    .extracting(SwarmReport::missing, SwarmReport::duplicates, SwarmReport::reordered)
                    .containsOnly(tuple(0L, 0L, 0L));
        } finally {
            over.set(true);
        }
    }

    private static long slowest(WebSocketSwarm swarm) {
        return swarm.reports().stream().mapToLong(SwarmReport::messages).min().orElseThrow();
    }

    @Test
    void shouldRefuseNewClientsAndNotBeReadyWhileItWaitsForSessionsToEnd() throws Exception {
        try (RunningGateway gateway = RunningGateway.start();
                WebSocketClient stubborn =
                        WebSocketClient.to(gateway.ws("/")).answersClose(false).connect();
                RawClient keptAlive = new RawClient(gateway)) {
            keptAlive.send(RawClient.GET);
            assertThat(keptAlive.read()).startsWith("HTTP/1.1 426 ");
            CompletableFuture<Void> closing = gateway.closing();
            eventually().until(() -> gateway.sessions().isEnding());

            gateway.awaitNotReady("draining");
            keptAlive.send(RawClient.UPGRADE);
            assertThat(keptAlive.read()).startsWith("HTTP/1.1 503 ");
            assertThatThrownBy(() -> gateway.connect("/")).isInstanceOf(UncheckedIOException.class);
            assertThat(stubborn.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldResetClientsThatDoNotCloseWithinTheTimeout() throws IOException {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--shutdown-timeout-ms", "0");
                WebSocketClient stubborn =
                        WebSocketClient.to(gateway.ws("/")).answersClose(false).connect();
                RawClient mute = new RawClient(gateway)) {
            mute.send(RawClient.UPGRADE);
            gateway.awaitConnections(2);
            gateway.gateway().close();
            stubborn.awaitClose(PATIENCE);
            assertThat(log.linesWith("2 cut off")).hasSize(1);
            // A reset, not only a close: unread bytes would stay in the kernel.
            assertThatThrownBy(mute::readToEnd).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void shouldCloseAtOnceWithoutClientsAndAllowASecondClose() {
        try (RunningGateway gateway = RunningGateway.start("--shutdown-timeout-ms", "86400000")) {
            gateway.gateway().close();
            gateway.gateway().close();
            assertThatThrownBy(() -> gateway.connect("/")).isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void shouldLeaveNoFileOpenAfterClientsHaveLeft() throws IOException {
        letClientsComeAndGo(); // Now the JVM has opened the files that it opens once and keeps.
        long before = openSockets();
        for (int i = 0; i < 10; i++) {
            letClientsComeAndGo();
        }
        eventually().untilAsserted(() -> assertThat(openSockets()).isEqualTo(before));
    }

    private static void letClientsComeAndGo() {
        try (RunningGateway gateway = RunningGateway.start();
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/")).connect(CLIENTS, PATIENCE)) {
            gateway.post("/publish/" + CHANNEL, event("JP", 1));
            swarm.awaitMessages(1, PATIENCE);
            swarm.closeNormally(0, CLIENTS / 2);
            swarm.awaitClosed(0, CLIENTS / 2, PATIENCE);
            swarm.abort(CLIENTS / 2, CLIENTS);
            gateway.awaitConnections(0);
        }
    }

    @Test
    void shouldNameAPortInUseAndLeaveNothingRunning() throws IOException {
        Footprint before = Footprint.now();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertThatThrownBy(() -> RunningGateway.start("--port", port))
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + port);
            assertThatThrownBy(() -> RunningGateway.start("--admin-port", port))
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + port);
            assertThatThrownBy(() -> RunningGateway.start("--agent-port", port))
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + port);
        }
        Footprint.awaitBackTo(before);
    }

    /** Otherwise a proxy could hear that the gateway is ready before it listens. */
    @Test
    void shouldListenForClientsBeforeItAnswersHealthChecks() throws IOException {
        try (ServerSocket clients = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket others = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (String other : new String[] {"--admin-port", "--agent-port"}) {
                assertThatThrownBy(() -> RunningGateway.start(
                                "--port", "" + clients.getLocalPort(), other, "" + others.getLocalPort()))
                        .hasMessageContaining("cannot listen on 127.0.0.1:" + clients.getLocalPort());
            }
        }
    }

    /** How many sockets and kernel objects, such as those of epoll and io_uring, this process has open. */
    private static long openSockets() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(GatewayCloseIT::target)
                    .filter(target -> target.startsWith("socket:") || target.startsWith("anon_inode:"))
                    .count();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
