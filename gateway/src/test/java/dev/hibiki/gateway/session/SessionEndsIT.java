package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.Frame;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nothing of a session is left, however it ends. */
final class SessionEndsIT {
    private static final String CLOSES = "hibiki_closes_total{reason=\"%s\"}";

    private RunningGateway gateway = RunningGateway.start("--ping-interval-ms", "60000");

    @AfterEach
    void close() {
        gateway.close();
    }

    @Test
    void shouldPingAndKeepAClientThatAnswers() {
        restartWithPingsEvery(200);
        try (WebSocketClient client = gateway.connect("/")) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.awaitPing(PATIENCE)).isEmpty();
            }
            gateway.post("/publish/" + CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(gateway.metric(CLOSES.formatted("dead"))).isZero();
        }
    }

    @Test
    void shouldEndASessionWhoseClientDoesNotAnswerAPing() {
        restartWithPingsEvery(1_000);
        try (WebSocketClient silent =
                        WebSocketClient.to(gateway.ws("/")).answersPings(false).connect();
                WebSocketClient talkative = WebSocketClient.to(gateway.ws("/")).connect()) {
            assertThat(silent.awaitClose(PATIENCE).isClean()).isFalse();
            assertThat(silent.awaitPing(PATIENCE)).isEmpty();
            gateway.awaitMetric(CLOSES.formatted("dead"), 1);
            assertThat(gateway.connections()).isOne();
            talkative.awaitPing(PATIENCE);
        }
    }

    @Test
    void shouldAnswerPingsWithTheirPayload() {
        try (WebSocketClient client = gateway.connect("/")) {
            client.sendFrame(Frame.ping("響".getBytes(StandardCharsets.UTF_8)));
            assertThat(client.awaitPong(PATIENCE))
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("響");
        }
    }

    @Test
    void shouldEchoTheClientsCloseAndEndTheSession() {
        try (WebSocketClient leaving = gateway.connect("/");
                WebSocketClient coded = gateway.connect("/");
                WebSocketClient wordless = gateway.connect("/")) {
            assertThat(leaving.closeNormally().code()).isEqualTo(1000);
            coded.sendFrame(Frame.close(3001, "tab closed"));
            assertThat(coded.awaitClose(PATIENCE).code()).isEqualTo(3001);
            wordless.sendFrame(new Frame(true, 0, Frame.CLOSE, new byte[0]));
            assertThat(wordless.awaitClose(PATIENCE).isClean()).isTrue();
            assertThatNothingIsLeft("client", 3);
        }
    }

    @Test
    void shouldEndTheSessionsOfClientsThatVanish() {
        try (WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/?region=JP")).connect(200, PATIENCE)) {
            gateway.awaitConnections(200);
            swarm.abort(0, 200);
            assertThatNothingIsLeft("gone", 200);
        }
    }

    @Test
    void shouldEndTheSessionOfAClientThatOnlyStopsSending() throws IOException {
        try (RawClient client = new RawClient(gateway)) {
            client.send(RawClient.UPGRADE);
            gateway.awaitConnections(1);

            client.stopSending();
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 101 ");
            assertThatNothingIsLeft("gone", 1);
        }
    }

    @Test
    void shouldEndASessionWithTheRightCodeWhenItsClientBreaksTheProtocol() {
        try (WebSocketClient unmasked = gateway.connect("/");
                WebSocketClient verbose = gateway.connect("/")) {
            unmasked.sendBytes(Frame.text("no mask").unmasked());
            assertThat(unmasked.awaitClose(PATIENCE)).isEqualTo(new Closure(1002, "protocol error"));
            verbose.sendText("x".repeat(5_000));
            assertThat(verbose.awaitClose(PATIENCE))
                    .isEqualTo(new Closure(1009, "message too big (expected: at most 4096 bytes)"));
            gateway.awaitMetric(CLOSES.formatted("1002"), 1);
            assertThatNothingIsLeft("1009", 1);
        }
    }

    @Test
    void shouldIgnoreMessagesOfAPlainClient() {
        try (WebSocketClient client = gateway.connect("/")) {
            client.sendText("{\"event\":\"new_trending\"}");
            client.sendFrame(new Frame(true, 0, Frame.BINARY, new byte[100]));
            gateway.post("/publish/" + CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
        }
    }

    @Test
    void shouldSubscribeAClientBeforeItSeesTheUpgrade() {
        gateway.close();
        gateway = RunningGateway.start("--transport", "nio"); // NIO writes to the socket at once.
        for (int i = 1; i <= 100; i++) {
            try (WebSocketClient client = gateway.connect("/")) {
                assertThat(gateway.hub().topicCount()).as("connection %s", i).isOne();
                client.abort();
            }
            gateway.awaitConnections(0);
        }
    }

    private void restartWithPingsEvery(int intervalMs) {
        gateway.close();
        gateway = RunningGateway.start("--ping-interval-ms", Integer.toString(intervalMs));
    }

    private void assertThatNothingIsLeft(String reason, int sessions) {
        gateway.awaitMetric(CLOSES.formatted(reason), sessions);
        gateway.awaitConnections(0);
        gateway.awaitMetric("hibiki_topics", 0);
        assertThat(gateway.metricSum("hibiki_connections")).isZero();
        assertThat(gateway.sessions().openSockets()).isZero();
    }
}
