package dev.hibiki.gateway.edge;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.WebSocketClient;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Over the handshake budget, new clients are told when to come back, and existing sessions stay. */
final class HandshakeBudgetIT {
    private static final String REFUSED = "hibiki_refused_total{reason=\"%s\"}";
    private static final String[] TWO = {"--handshake-rate", "2"};

    private static RunningGateway start(String... more) {
        return RunningGateway.start(
                Stream.concat(Stream.of(TWO), Stream.of(more)).toArray(String[]::new));
    }

    /** Connects until a handshake is over the budget, which refills at the same time. */
    private static HandshakeResponse attemptOverBudget(RunningGateway gateway) {
        return Stream.generate(() -> WebSocketClient.to(gateway.ws("/")).attempt())
                .limit(1_000)
                .filter(response -> response.status() != 101)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldRefuseHandshakesOverTheBudgetAndKeepSessions() {
        try (RunningGateway gateway = start();
                WebSocketClient inside = gateway.connect("/")) {
            HandshakeResponse refusal = attemptOverBudget(gateway);
            assertThat(refusal.status()).isEqualTo(503);
            assertThat(Integer.parseInt(refusal.header("Retry-After").orElseThrow()))
                    .isBetween(1, 10);
            gateway.awaitMetric(REFUSED.formatted("handshake_rate"), 1);

            gateway.post("/publish/" + Events.CHANNEL, Events.event("JP", 1));
            assertThat(inside.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
            RunningGateway.eventually()
                    .until(() -> WebSocketClient.to(gateway.ws("/")).attempt().status() == 101);
        }
    }

    @Test
    void shouldTellAPageInACloseWhenToComeBack() {
        try (RunningGateway gateway = start("--over-budget", "accept")) {
            Closure overloaded = new Closure(1013, "overloaded: too many new clients at once");
            RunningGateway.eventually().until(() -> {
                try (WebSocketClient client = WebSocketClient.to(gateway.ws("/"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
                    if (!client.awaitText(PATIENCE).contains("\"bye\":{\"code\":1013,\"retry_ms\":[1000,10000]}")) {
                        return false;
                    }
                    assertThat(client.awaitClose(PATIENCE)).isEqualTo(overloaded);
                    return true;
                }
            });
            assertThat(gateway.metric("hibiki_handshakes_total{status=\"1013\"}"))
                    .isOne();
            gateway.awaitMetric("hibiki_sockets", 0);
        }
    }

    @Test
    void shouldAnswerAnEventSourceWithAStreamThatSaysWhenToComeBackInsteadOf503() {
        try (RunningGateway gateway = start()) {
            RunningGateway.eventually().until(() -> {
                try (RawClient source = new RawClient(gateway)) {
                    source.send("GET /sse HTTP/1.1\nHost: h\n\n");
                    String answer = source.read();
                    if (answer.contains("X-Accel-Buffering: no")) {
                        return false; // This handshake was within the budget.
                    }
                    assertThat(answer + source.readToEndOrReset())
                            .startsWith("HTTP/1.1 200 ")
                            .contains("content-type: text/event-stream\r\n")
                            .containsPattern("\r\n\r\nretry: ([1-9]|10)000\n\n$");
                    return true;
                }
            });
            assertThat(gateway.metric(REFUSED.formatted("handshake_rate"))).isOne();
        }
    }

    @Test
    void shouldAdmitNoMoreThanTheBudgetOfACrowdOnSeveralLoops() {
        try (RunningGateway gateway = RunningGateway.start("--handshake-rate", "20", "--event-loops", "3")) {
            long begun = System.nanoTime();
            List<CompletableFuture<Integer>> attempts = Stream.generate(() -> CompletableFuture.supplyAsync(
                            () -> WebSocketClient.to(gateway.ws("/")).attempt().status()))
                    .limit(100)
                    .toList();
            int admitted = (int) attempts.stream()
                    .map(CompletableFuture::join)
                    .filter(status -> status == 101)
                    .count();
            int seconds = 1 + (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
            assertThat(admitted).isBetween(20, 20 + 20 * seconds);
            gateway.awaitMetric(REFUSED.formatted("handshake_rate"), 100 - admitted);
            gateway.awaitMetric("hibiki_handshakes_total{status=\"503\"}", 100 - admitted);
            gateway.awaitMetric("hibiki_sockets", 0);
        }
    }

    @Test
    void shouldLimitOneAddressAndNotAnother() {
        try (RunningGateway gateway =
                RunningGateway.start("--trusted-proxy", "127.0.0.1", "--handshakes-per-address", "1")) {
            long admitted = Stream.generate(() -> WebSocketClient.to(gateway.ws("/"))
                            .header("X-Forwarded-For", "203.0.113.7")
                            .attempt()
                            .status())
                    .limit(1_000)
                    .takeWhile(status -> status == 101)
                    .count();
            assertThat(admitted).isGreaterThanOrEqualTo(10).isLessThan(1_000);
            gateway.awaitMetric(REFUSED.formatted("address_handshakes"), 1);
            assertThat(WebSocketClient.to(gateway.ws("/"))
                            .header("X-Forwarded-For", "203.0.113.8")
                            .attempt()
                            .status())
                    .isEqualTo(101);
        }
    }
}
