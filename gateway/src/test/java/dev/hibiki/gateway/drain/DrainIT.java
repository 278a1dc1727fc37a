package dev.hibiki.gateway.drain;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A drain ends sessions at a rate and serves the rest until their turn. */
final class DrainIT {
    private static final Closure RESTARTING = new Closure(1012, "server restarting");
    private static final String BYE = "{\"$\":{\"bye\":{\"code\":1012,\"retry_ms\":[500,8000]}}}";
    private static final int CLIENTS = 8;
    /** At one a second, some of them are still connected after half a minute. */
    private static final int MANY_CLIENTS = 30;

    private static List<WebSocketClient> connect(String url, int count) {
        List<WebSocketClient> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(WebSocketClient.to(url).subprotocols("hibiki.v1").connect());
            assertThat(clients.get(i).awaitText(PATIENCE)).contains("hello");
        }
        return clients;
    }

    private static void requireToldToReconnect(WebSocketClient client) {
        String message = client.awaitText(PATIENCE);
        while (!message.contains("bye")) {
            message = client.awaitText(PATIENCE);
        }
        assertThat(message).isEqualTo(BYE);
        assertThat(client.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
    }

    @Test
    void shouldServeTheRemainingSessionsDuringADrainAndEndThemAllWhenHurried() throws Exception {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway =
                        RunningGateway.start("--drain-rate", "1", "--shutdown-timeout-ms", "86400000");
                RawClient kept = new RawClient(gateway)) {
            kept.send(RawClient.GET);
            assertThat(kept.read()).startsWith("HTTP/1.1 426 ");
            List<WebSocketClient> clients = connect(gateway.ws("/"), MANY_CLIENTS);
            CompletableFuture<Void> closing = gateway.closing();
            eventually().until(() -> gateway.connections() < MANY_CLIENTS);

            gateway.awaitNotReady("draining");
            assertThat(gateway.metric("hibiki_drain_active")).isEqualTo(1);
            assertThat(gateway.metric("hibiki_drain_sessions_left")).isBetween(1.0, MANY_CLIENTS - 1.0);
            assertThatThrownBy(() -> gateway.connect("/")).isInstanceOf(UncheckedIOException.class);
            kept.send(RawClient.UPGRADE);
            assertThat(kept.readToEnd()).startsWith("HTTP/1.1 503 ");
            assertThat(gateway.post("/publish/" + Events.CHANNEL, Events.event("JP", 1))
                            .statusCode())
                    .isEqualTo(202);
            eventually().until(() -> gateway.metric("hibiki_deliveries_total") >= 1);
            assertThat(gateway.connections()).isPositive();

            gateway.expedite();
            clients.forEach(DrainIT::requireToldToReconnect);
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(log.linesWith("Asked again to end")).hasSize(1);
        }
    }

    @Test
    void shouldEndTheRemainingSessionsAtTheDeadline() throws Exception {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--drain-rate", "1", "--drain-deadline-ms", "100")) {
            List<WebSocketClient> clients = connect(gateway.ws("/"), CLIENTS);
            CompletableFuture<Void> closing = gateway.closing();
            clients.forEach(DrainIT::requireToldToReconnect);
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(log.linesWith("The time of --drain-deadline-ms is over")).hasSize(1);
        }
    }

    @Test
    void shouldEndAllSessionsAtTheDrainRate() throws Exception {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--drain-rate", "100")) {
            List<WebSocketClient> clients = connect(gateway.ws("/"), CLIENTS);
            gateway.closing().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            clients.forEach(DrainIT::requireToldToReconnect);
            assertThat(log.linesWith("WARN")).isEmpty();
            assertThat(log.linesWith("Closing 8 sessions, 100 a second")).hasSize(1);
        }
    }

    /** Clients of one loop, or clients that connected in a row, may share a proxy: a drain must not end them in a row. */
    @Test
    void shouldEndSessionsInRandomOrderAcrossLoops() throws Exception {
        int clients = 40;
        try (LogCapture log = LogCapture.startOfEverything();
                RunningGateway gateway = RunningGateway.start("--drain-rate", "100", "--event-loops", "2")) {
            List<WebSocketClient> inside = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                inside.add(gateway.connect("/"));
                gateway.awaitConnections(i + 1);
            }
            gateway.closing().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            List<String> came = connections(log.linesWith("Session opened"));
            List<Integer> left = connections(log.linesWith("Session closed")).stream()
                    .map(came::indexOf)
                    .toList();
            assertThat(left).hasSize(clients).doesNotContain(-1);
            inside.forEach(WebSocketClient::close);
            for (int loop = 0; loop < 2; loop++) { // The loops take turns, so client n is on loop n % 2.
                int its = loop;
                assertThat(left.subList(0, clients / 2)).anyMatch(client -> client % 2 == its);
                List<Integer> ofLoop =
                        left.stream().filter(client -> client % 2 == its).toList();
                assertThat(ofLoop).isNotEqualTo(ofLoop.stream().sorted().toList());
                assertThat(ofLoop)
                        .isNotEqualTo(ofLoop.stream()
                                .sorted(Comparator.reverseOrder())
                                .toList());
            }
        }
    }

    private static List<String> connections(List<String> lines) {
        return lines.stream()
                .map(line -> line.replaceFirst(".* connection=(\\w+) .*", "$1"))
                .toList();
    }

    @Test
    void shouldPassTheTurnsOfClosedSessionsToOpenOnes() throws Exception {
        int clients = 400;
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--drain-rate", "1", "--drain-deadline-ms", "20000");
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/")).connect(clients, PATIENCE)) {
            gateway.awaitConnections(clients);
            CompletableFuture<Void> closing = gateway.closing();
            gateway.awaitMetric("hibiki_drain_active", 1);
            swarm.abort(0, clients - 1);
            swarm.awaitClosed(clients - 1, clients, PATIENCE);
            assertThat(swarm.reports(clients - 1, clients).get(0).closure()).isEqualTo(RESTARTING);
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(log.linesWith("The time of --drain-deadline-ms is over")).isEmpty();
        }
    }

    @Test
    void shouldNotWaitForClientsThatDoNotCloseWhenHurried() throws Exception {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway =
                        RunningGateway.start("--drain-delay-ms", "86400000", "--shutdown-timeout-ms", "86400000");
                WebSocketClient stubborn =
                        WebSocketClient.to(gateway.ws("/")).answersClose(false).connect()) {
            gateway.expedite();
            gateway.gateway().close();
            assertThat(stubborn.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
            assertThat(log.linesWith("0 sessions closed in time, 1 cut off")).hasSize(1);
        }
    }

    @Test
    void shouldAnswerProxiesWithDrainOnceADrainIsRequested() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--agent-port", "0", "--publish-key", "k")) {
            assertThat(gateway.post("/drain", "").statusCode()).isEqualTo(401);
            assertThat(gateway.post("/drain", "", "Authorization", "Bearer k", "Origin", "https://a.example")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);

            for (int i = 0; i < 2; i++) {
                assertThat(gateway.post("/drain", "", "Authorization", "Bearer k")
                                .statusCode())
                        .isEqualTo(202);
                assertThat(gateway.get("/readyz").body()).contains("draining");
                try (Socket agent = new Socket(InetAddress.getLoopbackAddress(), gateway.agentPort())) {
                    agent.setSoTimeout((int) PATIENCE.toMillis());
                    assertThat(agent.getInputStream().readNBytes(6)).asString().isEqualTo("drain\n");
                }
            }
        }
    }

    @Test
    void shouldAdmitClientsDuringTheDrainDelay() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--drain-delay-ms", "86400000")) {
            CompletableFuture<Void> closing = gateway.closing();
            gateway.awaitNotReady("draining");
            try (WebSocketClient late = gateway.connect("/")) {
                gateway.post("/publish/" + Events.CHANNEL, Events.event("JP", 1));
                assertThat(late.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));

                gateway.expedite();
                assertThat(late.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
            }
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldEndAllSessionsAtOnceWithARateOfZero() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--drain-rate", "0");
                WebSocketClient client = gateway.connect("/")) {
            gateway.gateway().close();
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(new Closure(1001, "server going away"));
        }
    }

    @Test
    void shouldEndTheProcessAfterADrainOverHttp() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar()
                        .environment("HIBIKI_PUBLISH_KEY", "k")
                        .start();
                WebSocketClient client = gateway.connect()) {
            assertThat(Http.post(gateway.admin("/drain"), "").statusCode()).isEqualTo(401);
            assertThat(Http.post(gateway.admin("/drain"), "", "Authorization", "Bearer k")
                            .statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
            assertThat(gateway.awaitExit()).isZero();
            assertThat(gateway.output()).endsWith("Bye\n").doesNotContain(" WARN ");
        }
    }

    @Test
    void shouldHurryOnASecondSignal() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jar("--drain-delay-ms", "86400000", "--drain-rate", "1")
                        .start();
                WebSocketClient first = gateway.connect();
                WebSocketClient second = gateway.connect();
                WebSocketClient third = gateway.connect()) {
            gateway.terminate();
            await().atMost(PATIENCE).until(() -> gateway.output().contains("let in for 86400000 ms more"));
            gateway.terminate();
            for (WebSocketClient client : List.of(first, second, third)) {
                assertThat(client.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
            }
            assertThat(gateway.awaitExit()).isZero();
            // One session may end at once, so only the others show that the drain was hurried.
            assertThat(gateway.output()).contains("Asked again to end").endsWith("Bye\n");
        }
    }
}
