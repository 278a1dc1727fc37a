package dev.hibiki.gateway.drain;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A draining gateway asks its peers how many clients they can take. */
final class DrainPeersIT {
    private static final Closure RESTARTING = new Closure(1012, "server restarting");

    private static String admin(RunningGateway gateway) {
        return "http://127.0.0.1:" + gateway.gateway().adminPort();
    }

    @Test
    void shouldDrainNoFasterThanThePeersAllow() throws Exception {
        int clients = 100;
        try (LogCapture log = LogCapture.start();
                RunningGateway one = RunningGateway.start("--handshake-rate", "17");
                RunningGateway two = RunningGateway.start("--handshake-rate", "23");
                RunningGateway gateway = RunningGateway.start(
                        "--drain-rate", "1000", "--drain-peer", admin(one) + '/', "--drain-peer", admin(two));
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/")).connect(clients, PATIENCE)) {
            assertThat(one.get("/intake").body())
                    .matches("\\{\"ready\":true,\"weight\":\\d+,\"handshake_rate\":17,\"over_budget\":0}\n");
            CompletableFuture<Void> closing = gateway.closing();
            eventually().until(() -> gateway.metric("hibiki_drain_rate") > 0);
            // Fewer when the event loops of a peer lag.
            assertThat(gateway.metric("hibiki_drain_rate")).isBetween(1.0, 17.0 + 23);
            swarm.awaitClosed(0, clients, PATIENCE);
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(log.linesWith("100 sessions, 1000 a second as far as the peers take them"))
                    .hasSize(1);
            assertThat(log.linesWith("The time of --drain-deadline-ms is over")).isEmpty();
        }
    }

    @Test
    void shouldKeepServingWhileNoPeerTakesClients() throws Exception {
        int nobody = Ports.free();
        try (LogCapture log = LogCapture.start();
                RunningGateway peer = RunningGateway.start("--drain-delay-ms", "86400000");
                RunningGateway gateway = RunningGateway.start(
                        "--drain-deadline-ms",
                        "86400000",
                        "--drain-peer",
                        admin(peer) + ",http://127.0.0.1:" + nobody);
                WebSocketClient client = gateway.connect("/")) {
            CompletableFuture<Void> ofPeer = peer.closing();
            peer.awaitNotReady("draining");
            gateway.post("/drain", "");
            CompletableFuture<Void> closing = gateway.closing();
            eventually()
                    .until(() -> !log.linesWith("Asked to end, but none of the peers takes clients: 1 sessions stay")
                            .isEmpty());
            assertThat(log.linesWith("Cannot ask http://127.0.0.1:" + nobody + "/intake how many clients it takes"))
                    .hasSize(1);
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
            assertThat(gateway.get("/intake").body()).contains("\"ready\":false");
            assertThat(gateway.metric("hibiki_drain_active")).isOne();
            assertThat(gateway.metric("hibiki_drain_rate")).isZero();
            try (WebSocketClient late = gateway.connect("/")) {
                gateway.post("/publish/" + Events.CHANNEL, Events.event("JP", 1));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
                assertThat(late.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
            }
            peer.expedite();
            ofPeer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            try (RunningGateway successor = RunningGateway.start("--admin-port", "" + nobody)) {
                assertThat(client.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
                closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(successor.connections()).isZero();
            }
        }
    }

    @Test
    void shouldEndAtTheDeadlineEvenIfNoPeerTakesClients() throws Exception {
        try (RunningGateway gateway = RunningGateway.start(
                        "--drain-deadline-ms", "300", "--drain-peer", "http://127.0.0.1:" + Ports.free());
                WebSocketClient client = gateway.connect("/")) {
            gateway.gateway().close();
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
        }
    }

    @Test
    void shouldNotWaitForPeersWithoutSessions() throws Exception {
        try (RunningGateway gateway = RunningGateway.start(
                "--drain-deadline-ms", "86400000", "--drain-peer", "http://127.0.0.1:" + Ports.free())) {
            gateway.closing().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldNotWaitForPeersWhenHurried() throws Exception {
        try (RunningGateway gateway = RunningGateway.start(
                        "--drain-deadline-ms", "86400000", "--drain-peer", "http://127.0.0.1:" + Ports.free());
                WebSocketClient client = gateway.connect("/")) {
            CompletableFuture<Void> closing = gateway.closing();
            gateway.awaitMetric("hibiki_drain_active", 1);
            gateway.expedite();
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }
}
