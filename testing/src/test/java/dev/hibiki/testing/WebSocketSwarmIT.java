package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class WebSocketSwarmIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void shouldSeeByteIdenticalStreamsAndCloseCodes() throws Exception {
        List<byte[]> payloads = payloads(50, 400);
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    for (byte[] payload : payloads) {
                        peer.send(new Frame(true, 0, Frame.TEXT, payload));
                    }
                    peer.send(Frame.ping(new byte[] {7}));
                    Frame pong = peer.read();
                    peer.send(Frame.close(pong.opcode() == Frame.PONG ? 1001 : 1002, ""));
                    peer.readEnd();
                });
                WebSocketSwarm swarm = WebSocketSwarm.to(server.uri())
                        .sequence(WebSocketSwarmIT::sequence)
                        .connect(1_000, SOON)) {
            swarm.awaitMessages(50, SOON);
            swarm.reports().forEach(report -> {
                assertThat(report.digest()).isEqualTo(StreamDigest.of(payloads));
                assertThat(report.messages()).isEqualTo(50);
                assertThat(report.payloadBytes()).isEqualTo(50 * 400);
                assertThat(report.firstSequence()).isZero();
                assertThat(report.lastSequence()).isEqualTo(49);
                assertThat(report.missing() + report.duplicates() + report.reordered())
                        .isZero();
            });
        }
    }

    @Test
    void shouldRecordPingsAndHowEachConnectionEnded() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        CountDownLatch allOpen = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    int number = connections.getAndIncrement();
                    peer.accept();
                    peer.send(Frame.ping(new byte[] {7}));
                    Frame pong = peer.read();
                    allOpen.await();
                    if (number % 2 == 0 && pong.opcode() == Frame.PONG && pong.payload()[0] == 7) {
                        peer.send(Frame.close(4100, "lagged"));
                        peer.read();
                    } else {
                        peer.reset();
                    }
                });
                WebSocketSwarm swarm = WebSocketSwarm.to(server.uri()).connect(20, SOON)) {
            allOpen.countDown();
            swarm.awaitClosed(0, 20, SOON);
            assertThat(swarm.reports()).allMatch(report -> report.pings() == 1);
            assertThat(swarm.reports())
                    .filteredOn(report -> new Closure(4100, "lagged").equals(report.closure()))
                    .hasSize(10);
            assertThat(swarm.reports())
                    .filteredOn(report ->
                            report.closure() != null && report.closure().code() == Closure.ABNORMAL)
                    .hasSize(10);
        }
    }

    @Test
    void shouldFindLostRepeatedAndReorderedMessages() throws Exception {
        List<byte[]> payloads = payloads(10, 40);
        int[] order = {0, 1, 1, 3, 2, 5};
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    for (int number : order) {
                        peer.send(new Frame(true, 0, Frame.TEXT, payloads.get(number)));
                    }
                    peer.readEnd();
                });
                WebSocketSwarm swarm = WebSocketSwarm.to(server.uri())
                        .sequence(WebSocketSwarmIT::sequence)
                        .connect(3, SOON)) {
            swarm.awaitMessages(order.length, SOON);
            assertThat(swarm.reports()).allSatisfy(report -> {
                assertThat(report.missing()).isEqualTo(1);
                assertThat(report.duplicates()).isEqualTo(1);
                assertThat(report.reordered()).isEqualTo(1);
            });
        }
    }

    @Test
    void shouldStallSomeClientsWhileOthersReadWithoutLoss() throws Exception {
        int count = 20_000;
        List<byte[]> payloads = payloads(count, 1_000);
        AtomicInteger finished = new AtomicInteger();
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.read();
                    for (byte[] payload : payloads) {
                        peer.send(new Frame(true, 0, Frame.TEXT, payload));
                    }
                    finished.incrementAndGet();
                    peer.readEnd();
                });
                WebSocketSwarm swarm = WebSocketSwarm.to(server.uri())
                        .sequence(WebSocketSwarmIT::sequence)
                        .receiveBufferBytes(16_384)
                        .connect(10, SOON)) {
            swarm.stall(0, 3);
            swarm.sendText(0, 10, "go");
            swarm.awaitMessages(3, 10, count, SOON);
            assertThat(swarm.reports(0, 3)).allMatch(report -> report.messages() == 0 && report.open());
            assertThat(finished.get()).isLessThanOrEqualTo(7);

            swarm.resume(0, 3);
            swarm.awaitMessages(count, SOON);
            assertThat(swarm.reports())
                    .allMatch(report -> report.digest() == StreamDigest.of(payloads) && report.missing() == 0);
        }
    }

    @Test
    void shouldFailEarlyWhenAClientIsRefusedOrLosesItsConnection() throws Exception {
        try (ScriptedServer refusing =
                        new ScriptedServer(peer -> peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"));
                ScriptedServer leaving = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.read();
                });
                WebSocketSwarm swarm = WebSocketSwarm.to(leaving.uri()).connect(2, SOON)) {
            assertThatThrownBy(() -> WebSocketSwarm.to(refusing.uri()).connect(5, SOON))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("lost their connection before an open connection")
                    .hasMessageContaining("503 Busy");
            swarm.sendText(0, 1, "leave");
            assertThatThrownBy(() -> swarm.awaitMessages(1, SOON))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("1 clients lost their connection");
        }
    }

    @Test
    void shouldNameTheClientsThatAreLate() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    if (peer.request().startsWith("GET /talk ")) {
                        peer.send(Frame.text("1"));
                    }
                    peer.readEnd();
                });
                WebSocketSwarm swarm = WebSocketSwarm.to(server.uri())
                        .target(client -> client < 3 ? "/talk" : "/mute")
                        .connect(4, SOON)) {
            swarm.awaitMessages(0, 3, 1, SOON);
            assertThatThrownBy(() -> swarm.awaitMessages(1, Duration.ofMillis(100)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("1 of 4 clients lack it")
                    .hasMessageContaining("client=3");
        }
    }

    private static List<byte[]> payloads(int count, int length) {
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = i + " ";
            payloads.add((text + "x".repeat(length - text.length())).getBytes(StandardCharsets.US_ASCII));
        }
        return payloads;
    }

    private static long sequence(byte[] payload) {
        String text = new String(payload, StandardCharsets.US_ASCII);
        return Long.parseLong(text.substring(0, text.indexOf(' ')));
    }
}
