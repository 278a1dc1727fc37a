package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.Frame;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The close codes of sessions that the gateway ends because of their clients, with the metrics that count them. */
public final class CloseReasonsIT {
    private static final String CLOSES = "hibiki_closes_total{reason=\"%s\"}";
    private static final String REFUSED = "hibiki_refused_total{reason=\"%s\"}";
    private static final int EVENT_BYTES = 60_000;

    private static Frame part(boolean last, int opcode, int bytes) {
        return new Frame(last, 0, opcode, "x".repeat(bytes).getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void shouldCloseAClientWhoseMessageIsOneByteTooLongInOneFrameOrSeveral() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start();
                WebSocketClient whole = gateway.connect("/");
                WebSocketClient parts = gateway.connect("/")) {
            whole.sendFrame(part(true, Frame.TEXT, 4_096));
            whole.sendFrame(Frame.ping(new byte[1]));
            assertThat(whole.awaitPong(PATIENCE)).hasSize(1);
            whole.sendFrame(part(true, Frame.TEXT, 4_097));
            assertThat(whole.awaitClose(PATIENCE))
                    .isEqualTo(new Closure(1009, "message too big (expected: at most 4096 bytes)"));

            parts.sendFrame(part(false, Frame.TEXT, 4_095));
            parts.sendFrame(part(true, Frame.CONTINUATION, 1));
            parts.sendFrame(part(false, Frame.TEXT, 4_095));
            parts.sendFrame(part(false, Frame.CONTINUATION, 1));
            parts.sendFrame(Frame.ping(new byte[2]));
            assertThat(parts.awaitPong(PATIENCE)).hasSize(2);
            parts.sendFrame(part(true, Frame.CONTINUATION, 1));
            assertThat(parts.awaitClose(PATIENCE))
                    .isEqualTo(new Closure(1009, "message too big (expected: at most 4096 bytes)"));
            gateway.awaitMetric(CLOSES.formatted("1009"), 2);
            gateway.awaitMetric(REFUSED.formatted("message_bytes"), 2);
            assertThat(log.linesWith("Session closed"))
                    .hasSize(2)
                    .allMatch(line ->
                            line.contains("at most 4096 bytes") && line.contains("option=--max-client-message-bytes"));
        }
    }

    @Test
    void shouldAcceptMessagesOfTheConfiguredLength() {
        try (RunningGateway gateway = RunningGateway.start("--max-client-message-bytes", "64k");
                WebSocketClient client = gateway.connect("/")) {
            client.sendFrame(part(true, Frame.TEXT, 65_536));
            client.sendFrame(Frame.ping(new byte[1]));
            assertThat(client.awaitPong(PATIENCE)).hasSize(1);
            client.sendFrame(part(true, Frame.BINARY, 65_537));
            assertThat(client.awaitClose(PATIENCE))
                    .isEqualTo(new Closure(1009, "message too big (expected: at most 65536 bytes)"));
        }
    }

    @Test
    void shouldCloseAClientThatSendsInvalidUtf8() {
        try (RunningGateway gateway = RunningGateway.start();
                WebSocketClient client = gateway.connect("/")) {
            client.sendFrame(new Frame(true, 0, Frame.TEXT, new byte[] {(byte) 0xFF}));
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(new Closure(1007, "invalid UTF-8"));
            gateway.awaitMetric(CLOSES.formatted("1007"), 1);
        }
    }

    @Test
    void shouldRefuseTopicsOverTheLimitAndKeepTheClient() {
        try (RunningGateway gateway = RunningGateway.start("--max-topics", "1");
                WebSocketClient client = WebSocketClient.to(gateway.ws("/?region=JP"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            assertThat(client.awaitText(PATIENCE)).contains("hello");
            client.sendText("{\"$\":{\"subscribe\":{\"channel\":\"" + CHANNEL + "\",\"region\":[\"JP\",\"KR\"]}}}");
            assertThat(client.awaitText(PATIENCE)).contains("\"error\":{\"code\":\"refused\"", "at most 1");
            gateway.awaitMetric(REFUSED.formatted("topics"), 1);
            gateway.post("/publish/" + CHANNEL, Events.event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
        }
    }

    @Test
    void shouldCloseAClientThatDoesNotReadTheAnswers() {
        try (RunningGateway gateway = RunningGateway.start("--max-client-messages", "0");
                WebSocketClient client = WebSocketClient.to(gateway.ws("/"))
                        .subprotocols("hibiki.v1")
                        .receiveBufferBytes(16 << 10)
                        .connect()) {
            assertThat(client.awaitText(PATIENCE)).contains("hello");
            client.pauseReading();
            // The answer repeats the channel.
            String question = "{\"$\":{\"unsubscribe\":{\"channel\":\"" + "x".repeat(3_000) + "\"}}}";
            for (int i = 0; gateway.metric(CLOSES.formatted("1008")) == 0 && i < 100; i++) {
                for (int j = 0; j < 100; j++) {
                    client.sendText(question);
                }
            }
            gateway.awaitMetric(CLOSES.formatted("1008"), 1);
            client.resumeReading();
            assertThat(client.awaitClose(PATIENCE))
                    .isEqualTo(new Closure(1008, "policy violation (expected: a client that reads the answers)"));
        }
    }

    private static void beginEventStream(RawClient client) throws IOException {
        client.send("GET /sse HTTP/1.1\nHost: h\n\n");
        assertThat(client.read()).startsWith("HTTP/1.1 200 ");
    }

    private static void publishUntil(RunningGateway gateway, String metric) {
        for (long i = 0; gateway.metric(metric) == 0 && i < 1_000; i++) {
            gateway.post("/publish/" + CHANNEL, new String(Events.large(i, EVENT_BYTES), StandardCharsets.UTF_8));
        }
        gateway.awaitMetric(metric, 1);
    }

    @Test
    void shouldEndAnOverrunEventStreamWithTheLagPolicyClose() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--log-bytes", "512k", "--lag-policy", "close");
                RawClient slow = new RawClient(gateway)) {
            beginEventStream(slow);
            publishUntil(gateway, CLOSES.formatted("4100"));

            assertThat(slow.readToEnd()).contains("event: bye\n", "\"code\":4100,");
            assertThat(gateway.metric("hibiki_lag_skips_total")).isZero();
        }
    }

    @Test
    void shouldResetAStalledEventStream() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--log-bytes", "512k", "--stall-timeout-ms", "1000");
                RawClient stalled = new RawClient(gateway)) {
            beginEventStream(stalled);
            publishUntil(gateway, CLOSES.formatted("stalled"));
            gateway.awaitMetric("hibiki_sockets", 0);
            assertThat(stalled.readToEndOrReset()).doesNotContain("event: bye");
        }
    }

    @Test
    void shouldEndEventStreamsAtOnceWithADrainRateOfZero() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--drain-rate", "0");
                RawClient stream = new RawClient(gateway)) {
            beginEventStream(stream);
            gateway.awaitConnections(1);
            gateway.gateway().close();
            assertThat(stream.readToEnd())
                    .contains("event: bye\n", "data: {\"code\":1001,\"retry_ms\":[500,8000]}\n")
                    .containsPattern("retry: [0-9]{3,4}\n");
        }
    }
}
