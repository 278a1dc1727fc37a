package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of a swarm can reconnect, speak TLS and connect from other addresses. */
final class ReturningSwarmIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String BEHIND_TLS = """
            defaults
              mode http
              timeout connect 2s
              timeout client 30s
              timeout server 30s
              timeout tunnel 30s
              option forwardfor
            listen web
              bind 127.0.0.1:%d ssl crt %s alpn h2,http/1.1
              server back 127.0.0.1:%d
            """;

    private static Frame numbered(int number) {
        return Frame.text("" + number);
    }

    private static long number(byte[] payload) {
        return Long.parseLong(new String(payload, StandardCharsets.US_ASCII));
    }

    @Test
    void shouldReconnectWithAnotherTargetAndContinueItsCounts() throws Exception {
        CountDownLatch allInside = new CountDownLatch(50);
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    if (peer.request().startsWith("GET /again ")) {
                        peer.send(numbered(2));
                        peer.readEnd();
                    } else {
                        peer.send(numbered(0));
                        peer.send(numbered(1));
                        allInside.countDown();
                        allInside.await();
                        peer.send(Frame.close(1012, "server restarting"));
                        peer.read();
                    }
                });
                WebSocketSwarm swarm = WebSocketSwarm.to(server.uri())
                        .sequence(ReturningSwarmIT::number)
                        .returning(client -> (how, refusal) -> how.code() == 1012 && refusal == null
                                ? new Returning.Return(client % 10, "/again")
                                : null)
                        .connect(50, SOON)) {
            swarm.awaitMessages(3, SOON);
            swarm.awaitOpen(SOON);
            assertThat(swarm.open()).isEqualTo(50);
            assertThat(swarm.reports()).hasSize(50).allSatisfy(report -> {
                assertThat(report.connections()).isEqualTo(2);
                assertThat(report.messages()).isEqualTo(3);
                assertThat(report.lastSequence()).isEqualTo(2);
                assertThat(report.missing() + report.duplicates() + report.reordered())
                        .isZero();
                assertThat(report.closure()).isNull();
            });
        }
    }

    @Test
    void shouldFindMessagesLostOrRepeatedBetweenTwoConnections() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    boolean again = peer.request().startsWith("GET /again ");
                    for (int number : again ? new int[] {1, 3} : new int[] {0, 1}) {
                        peer.send(numbered(number));
                    }
                    if (again) {
                        peer.readEnd();
                    } else {
                        peer.reset();
                    }
                });
                WebSocketSwarm swarm = WebSocketSwarm.to(server.uri())
                        .sequence(ReturningSwarmIT::number)
                        .returning(client -> (how, refusal) -> new Returning.Return(0, "/again"))
                        .connect(1, SOON)) {
            Deadline.in(SOON)
                    .awaitUntil(
                            () -> "the last number",
                            () -> swarm.reports().get(0).lastSequence() == 3);
            assertThat(swarm.reports().get(0).duplicates()).isOne();
            assertThat(swarm.reports().get(0).missing()).isOne();
        }
    }

    @Test
    void shouldGiveARefusedClientTheAnswerAndLetItTryAgain() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        try (ScriptedServer server = new ScriptedServer(peer -> {
            if (attempts.incrementAndGet() <= 300) {
                peer.send("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
            } else {
                peer.accept();
                peer.readEnd();
            }
        })) {
            WebSocketSwarmBuilder builder = WebSocketSwarm.to(server.uri());
            Returning patient = (how, refusal) ->
                    refusal != null && refusal.header("Retry-After").equals(Optional.of("7"))
                            ? new Returning.Return(1, "/")
                            : null;
            // More clients than may connect at once: a refused client must make room for others.
            try (WebSocketSwarm swarm = builder.returning(client -> patient).connect(200, SOON)) {
                assertThat(swarm.reports()).allMatch(report -> report.connections() == 1);
                assertThat(attempts).hasValue(500);
            }
            attempts.set(0);
            assertThatThrownBy(() ->
                            builder.returning(client -> (how, refusal) -> null).connect(1, SOON))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("503 Busy");
        }
    }

    @Test
    void shouldSpeakTlsFromManyAddresses(@TempDir Path folder) throws Exception {
        int port = Ports.free();
        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        Path pem = folder.resolve("server.pem");
        certificate.writePem(pem);
        // Messages smaller and larger than a TLS record.
        List<byte[]> payloads = IntStream.of(1, 20_000, 300, 150_000, 5)
                .mapToObj(length -> "x".repeat(length).getBytes(StandardCharsets.US_ASCII))
                .toList();
        Queue<String> addresses = new ConcurrentLinkedQueue<>();
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    addresses.add(peer.request().replaceFirst("(?si).*X-Forwarded-For: (\\S+).*", "$1"));
                    peer.accept();
                    for (byte[] payload : payloads) {
                        peer.send(new Frame(true, 0, Frame.TEXT, payload));
                    }
                    peer.send(Frame.ping(new byte[] {7}));
                    if (peer.read().opcode() == Frame.PONG) {
                        peer.send(Frame.text("pong"));
                    }
                    peer.readEnd();
                });
                HaproxyFixture proxy = HaproxyFixture.start(
                        BEHIND_TLS.formatted(port, pem, URI.create(server.uri()).getPort()), port);
                WebSocketSwarm swarm = WebSocketSwarm.to("wss://localhost:" + port + "/")
                        .tls(certificate.clientContext())
                        .from(client -> "127.0.7." + (1 + client % 20))
                        .connect(60, SOON)) {
            swarm.awaitMessages(payloads.size() + 1, SOON);
            StreamDigest digest = new StreamDigest();
            payloads.forEach(digest::add);
            digest.add("pong".getBytes(StandardCharsets.US_ASCII));
            assertThat(swarm.reports()).allMatch(report -> report.digest() == digest.value() && report.open());
            assertThat(addresses.stream().distinct())
                    .as(proxy.output())
                    .hasSize(20)
                    .allMatch(address -> address.startsWith("127.0.7."));

            assertThatThrownBy(() -> WebSocketSwarm.to("wss://localhost:" + port + "/")
                            .tls(SelfSignedCertificate.create().clientContext())
                            .connect(1, SOON))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("lost their connection before an open connection");
        }
    }
}
