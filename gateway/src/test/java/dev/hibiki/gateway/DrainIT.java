package dev.hibiki.gateway;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hibiki.testing.Closure;
import dev.hibiki.testing.WebSocketClient;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A gateway that ends sends its clients away bit by bit, and serves those who are left. */
final class DrainIT {
    private static final Closure RESTARTING = new Closure(1012, "server restarting");
    private static final String BYE = "{\"$\":{\"bye\":{\"code\":1012,\"retry_ms\":[500,8000]}}}";
    private static final int CLIENTS = 8;

    private static List<WebSocketClient> connect(String url) {
        List<WebSocketClient> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(WebSocketClient.to(url).subprotocols("hibiki.v1").connect());
            assertThat(clients.get(i).awaitText(PATIENCE)).contains("hello");
        }
        return clients;
    }

    private static void requireSentAway(WebSocketClient client) {
        String message = client.awaitText(PATIENCE);
        while (!message.contains("bye")) {
            message = client.awaitText(PATIENCE);
        }
        assertThat(message).isEqualTo(BYE);
        assertThat(client.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
    }

    private static CompletableFuture<Void> close(RunningGateway gateway) {
        return CompletableFuture.runAsync(() -> gateway.gateway().close());
    }

    @Test
    void shouldServeThoseWhoseTurnHasNotComeAndSendAllAwayInAHurry() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--drain-rate", "1", "--shutdown-timeout-ms", "86400000")) {
            List<WebSocketClient> clients = connect(gateway.ws("/"));
            CompletableFuture<Void> closing = close(gateway);
            gateway.awaitConnections(CLIENTS - 1);

            gateway.awaitNotReady("draining");
            assertThat(gateway.metric("hibiki_drain_active")).isEqualTo(1);
            assertThat(gateway.metric("hibiki_drain_sessions_left")).isBetween(1.0, CLIENTS - 1.0);
            assertThatThrownBy(() -> gateway.connect("/")).isInstanceOf(UncheckedIOException.class);
            assertThat(gateway.post("/publish/" + Events.CHANNEL, Events.event("JP", 1))
                            .statusCode())
                    .isEqualTo(202);
            eventually().until(() -> gateway.metric("hibiki_deliveries_total") >= 1);
            assertThat(gateway.connections()).isPositive();

            gateway.gateway().hurry();
            clients.forEach(DrainIT::requireSentAway);
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldSendTheRestAwayAtTheDeadline() throws Exception {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--drain-rate", "1", "--drain-deadline-ms", "100")) {
            List<WebSocketClient> clients = connect(gateway.ws("/"));
            CompletableFuture<Void> closing = close(gateway);
            clients.forEach(DrainIT::requireSentAway);
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(log.linesWith("The time for closing is up")).hasSize(1);
        }
    }

    @Test
    void shouldSendEveryoneAwayAtTheRateWithoutAnyHurry() throws Exception {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--drain-rate", "100")) {
            List<WebSocketClient> clients = connect(gateway.ws("/"));
            close(gateway).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            clients.forEach(DrainIT::requireSentAway);
            assertThat(log.linesWith("WARN")).isEmpty();
            assertThat(log.linesWith("Closing 8 sessions, 100 a second")).hasSize(1);
        }
    }

    @Test
    void shouldGoOnLettingClientsInUntilTheProxyHasNoticed() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--drain-delay-ms", "86400000")) {
            CompletableFuture<Void> closing = close(gateway);
            gateway.awaitNotReady("draining");
            try (WebSocketClient late = gateway.connect("/")) {
                gateway.post("/publish/" + Events.CHANNEL, Events.event("JP", 1));
                assertThat(late.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));

                gateway.gateway().hurry();
                assertThat(late.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
            }
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldSendAllAwayAtOnceWhereNoRateIsWanted() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--drain-rate", "0");
                WebSocketClient client = gateway.connect("/")) {
            gateway.gateway().close();
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(new Closure(1001, "server going away"));
        }
    }

    @Test
    void shouldEndTheProcessWhenAskedOverHttp() throws Exception {
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
    void shouldEndQuicklyWhenToldTwice() throws Exception {
        try (GatewayProcess gateway =
                        GatewayProcess.jar("--drain-delay-ms", "86400000").start();
                WebSocketClient client = gateway.connect()) {
            gateway.terminate();
            await().atMost(PATIENCE).until(() -> gateway.output().contains("let in for 86400000 ms more"));
            gateway.terminate();
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(RESTARTING);
            assertThat(gateway.awaitExit()).isZero();
            assertThat(gateway.output()).contains("Asked to hurry").endsWith("Bye\n");
        }
    }
}
