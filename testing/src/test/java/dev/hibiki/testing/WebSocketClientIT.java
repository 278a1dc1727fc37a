package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.Deflater;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WebSocketClientIT {
    private static final Duration SOON = Duration.ofSeconds(5);

    @Test
    void shouldExchangeTextAndCloseInOrder() throws Exception {
        CompletableFuture<String> leave = new CompletableFuture<>();
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.send(peer.read());
                    peer.send(peer.read());
                    leave.get();
                });
                WebSocketClient client = WebSocketClient.to(server.uri()).connect()) {
            client.sendText("響 🎉 Đà Nẵng");
            assertThat(client.awaitText(SOON)).isEqualTo("響 🎉 Đà Nẵng");
            CompletableFuture<Closure> closing = CompletableFuture.supplyAsync(client::closeNormally);
            assertThatThrownBy(() -> client.awaitClose(Duration.ofMillis(100)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("kept the connection");
            leave.complete("now");
            assertThat(closing.get(5, TimeUnit.SECONDS)).isEqualTo(new Closure(1000, ""));
        }
    }

    @Test
    void shouldSendTheRequestOfTheTest() throws Exception {
        CompletableFuture<String> request = new CompletableFuture<>();
        try (ScriptedServer server = new ScriptedServer(peer -> {
            request.complete(peer.request());
            peer.accept("Sec-WebSocket-Protocol: hibiki.v1");
        })) {
            HandshakeResponse response = WebSocketClient.to(server.uri() + "ws?region=JP")
                    .subprotocols("hibiki.v1", "other")
                    .header("Origin", "https://example.org")
                    .without("Sec-WebSocket-Version")
                    .attempt();
            assertThat(response.status()).isEqualTo(101);
            assertThat(response.header("sec-websocket-protocol")).contains("hibiki.v1");
            assertThat(request.get(5, TimeUnit.SECONDS))
                    .startsWith("GET /ws?region=JP HTTP/1.1\r\n")
                    .contains("Origin: https://example.org\r\n", "Sec-WebSocket-Protocol: hibiki.v1, other\r\n")
                    .doesNotContain("Sec-WebSocket-Version");
        }
    }

    @Test
    void shouldShowARefusalWithItsHeadersAndBody() throws Exception {
        String refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 13\r\nX-Why: origin\r\n\r\n出て行け!";
        try (ScriptedServer server = new ScriptedServer(peer -> peer.send(refusal))) {
            HandshakeResponse response = WebSocketClient.to(server.uri()).attempt();
            assertThat(response.status()).isEqualTo(403);
            assertThat(response.headers("x-why")).containsExactly("origin");
            assertThat(response.body()).isEqualTo("出て行け!");
            assertThatThrownBy(() -> WebSocketClient.to(server.uri()).connect())
                    .isInstanceOf(HandshakeRefusedException.class)
                    .hasMessageContaining("403 Forbidden");
        }
    }

    @Test
    void shouldRejectAWrongAcceptAndAnythingNotOffered() throws Exception {
        try (ScriptedServer wrong = new ScriptedServer(peer -> peer.acceptWith("AAAA"));
                ScriptedServer eager = new ScriptedServer(peer -> peer.accept("Sec-WebSocket-Protocol: surprise"));
                ScriptedServer deflating =
                        new ScriptedServer(peer -> peer.accept("Sec-WebSocket-Extensions: permessage-deflate"))) {
            assertThatThrownBy(() -> WebSocketClient.to(wrong.uri()).connect())
                    .hasMessageContaining("Sec-WebSocket-Accept");
            assertThatThrownBy(() -> WebSocketClient.to(eager.uri()).connect())
                    .hasMessageContaining("not offered: surprise");
            assertThatThrownBy(() -> WebSocketClient.to(deflating.uri()).connect())
                    .hasMessageContaining("not offered");
            assertThatThrownBy(
                            () -> WebSocketClient.to(deflating.uri()).compress().connect())
                    .hasMessageContaining("cannot read permessage-deflate");
        }
    }

    @Test
    void shouldShowFragmentsAsFramesOrJoinThem() throws Exception {
        byte[] euro = "€".getBytes(StandardCharsets.UTF_8);
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    for (int i = 0; i < 2; i++) {
                        peer.send(new Frame(false, 0, Frame.TEXT, Arrays.copyOf(euro, 1)));
                        peer.send(Frame.ping(new byte[0]));
                        peer.send(new Frame(true, 0, Frame.CONTINUATION, Arrays.copyOfRange(euro, 1, 3)));
                    }
                    peer.readEnd();
                });
                WebSocketClient client = WebSocketClient.to(server.uri()).connect()) {
            assertThat(client.awaitText(SOON)).isEqualTo("€");
            Frame first = client.awaitFrame(SOON);
            assertThat(first.fin()).isFalse();
            assertThat(first.payload()).isEqualTo(new byte[] {euro[0]});
            assertThat(client.awaitFrame(SOON).opcode()).isEqualTo(Frame.CONTINUATION);
        }
    }

    @Test
    void shouldAnswerPingsUnlessToldNotTo() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
            peer.accept();
            peer.send(Frame.ping(new byte[] {1, 2}));
            Frame answer = peer.read();
            peer.send(Frame.text(answer.opcode() + " " + Arrays.toString(answer.payload())));
            peer.readEnd();
        })) {
            try (WebSocketClient client = WebSocketClient.to(server.uri()).connect()) {
                assertThat(client.awaitPing(SOON)).containsExactly(1, 2);
                assertThat(client.awaitText(SOON)).isEqualTo("10 [1, 2]");
            }
            try (WebSocketClient mute =
                    WebSocketClient.to(server.uri()).answersPings(false).connect()) {
                assertThat(mute.awaitPing(SOON)).containsExactly(1, 2);
                mute.sendText("not a pong");
                assertThat(mute.awaitText(SOON)).startsWith("1 ");
            }
        }
    }

    @Test
    void shouldReportTheCloseCodeAndEchoIt() throws Exception {
        CompletableFuture<Frame> echo = new CompletableFuture<>();
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.send(Frame.text("last"));
                    peer.send(Frame.close(1012, "再起動"));
                    echo.complete(peer.read());
                });
                WebSocketClient client = WebSocketClient.to(server.uri()).connect()) {
            assertThat(client.awaitClose(SOON)).isEqualTo(new Closure(1012, "再起動"));
            assertThat(echo.get(5, TimeUnit.SECONDS).payload()).startsWith(0x03, 0xF4);
            assertThat(client.awaitText(SOON)).isEqualTo("last");
            assertThatThrownBy(() -> client.awaitText(SOON))
                    .hasMessageContaining("ended before a text message")
                    .hasMessageContaining("1012");
            assertThat(client.closeNormally().code()).isEqualTo(1012);
        }
    }

    @Test
    void shouldDistinguishAnAbruptEndFromAClose() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.reset();
                });
                WebSocketClient client = WebSocketClient.to(server.uri()).connect()) {
            Closure closure = client.awaitClose(SOON);
            assertThat(closure.isClean()).isFalse();
            assertThat(closure.code()).isEqualTo(Closure.ABNORMAL);
            assertThat(closure.reason()).containsIgnoringCase("reset");
        }
    }

    @Test
    void shouldFailOnViolationsOfTheServer() throws Exception {
        byte[] notUtf8 = {(byte) 0xC3, 0x28};
        try (ScriptedServer masked = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.send(Frame.text("masked").masked());
                    peer.readEnd();
                });
                ScriptedServer garbled = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.send(new Frame(true, 0, Frame.TEXT, notUtf8));
                    peer.readEnd();
                })) {
            WebSocketClient first = WebSocketClient.to(masked.uri()).connect();
            assertThatThrownBy(() -> first.awaitText(SOON)).hasMessageContaining("masked");
            assertThatThrownBy(() -> first.awaitClose(SOON))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("masked");
            first.close();
            WebSocketClient second = WebSocketClient.to(garbled.uri()).connect();
            assertThatThrownBy(() -> second.awaitText(SOON)).hasMessageContaining("not UTF-8");
            second.close();
        }
    }

    @Test
    void shouldFailOnATimeoutAndStillReadLaterMessages() throws Exception {
        CompletableFuture<String> go = new CompletableFuture<>();
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.send(Frame.text(go.get()));
                    peer.readEnd();
                });
                WebSocketClient client = WebSocketClient.to(server.uri()).connect()) {
            assertThatThrownBy(() -> client.awaitText(Duration.ofMillis(50)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("Not in time: a text message");
            go.complete("late");
            assertThat(client.awaitText(SOON)).isEqualTo("late");
        }
    }

    @Test
    void shouldFillTheServersSocketWhileReadingIsPaused() throws Exception {
        byte[] event = new byte[1_000];
        Arrays.fill(event, (byte) 'e');
        AtomicLong sent = new AtomicLong();
        int total = 20_000;
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept();
                    peer.read();
                    for (int i = 0; i < total; i++) {
                        peer.send(new Frame(true, 0, Frame.TEXT, event));
                        sent.incrementAndGet();
                    }
                    peer.readEnd();
                });
                WebSocketClient client = WebSocketClient.to(server.uri())
                        .receiveBufferBytes(4_096)
                        .connect()) {
            client.pauseReading();
            client.sendText("go");
            AtomicLong before = new AtomicLong();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> sent.get() > 0 && before.getAndSet(sent.get()) == sent.get());
            assertThat(sent.get()).isLessThan(total);
            assertThat(client.unread()).isLessThanOrEqualTo(1);
            client.resumeReading();
            for (int i = 0; i < total; i++) {
                assertThat(client.awaitFrame(SOON).payload()).hasSize(1_000);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldVanishWithAResetOrEndInOrder(boolean reset) throws Exception {
        CompletableFuture<String> end = new CompletableFuture<>();
        try (ScriptedServer server = new ScriptedServer(peer -> {
            peer.accept();
            end.complete(peer.readEnd());
        })) {
            WebSocketClient client = WebSocketClient.to(server.uri()).connect();
            if (reset) {
                client.abort();
            } else {
                client.close();
            }
            assertThat(end.get(5, TimeUnit.SECONDS)).isEqualTo(reset ? "Connection reset" : "end of stream");
        }
    }

    @Test
    void shouldInflateDeflatedMessages() throws Exception {
        String title = "新しい動画 ".repeat(100);
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.accept("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover");
                    peer.send(new Frame(true, Frame.RSV1, Frame.TEXT, deflate(title)));
                    peer.send(Frame.text("plain"));
                    peer.readEnd();
                });
                WebSocketClient client =
                        WebSocketClient.to(server.uri()).compress().connect()) {
            assertThat(client.awaitText(SOON)).isEqualTo(title);
            assertThat(client.awaitText(SOON)).isEqualTo("plain");
        }
    }

    private static byte[] deflate(String text) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        deflater.setInput(text.getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] chunk = new byte[4096];
        int count = deflater.deflate(chunk, 0, chunk.length, Deflater.SYNC_FLUSH);
        out.write(chunk, 0, count - 4);
        deflater.end();
        return out.toByteArray();
    }
}
