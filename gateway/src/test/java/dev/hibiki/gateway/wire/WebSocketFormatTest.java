package dev.hibiki.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.event.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames have the bytes of RFC 6455, and a client's decoder reads them. */
class WebSocketFormatTest {
    private final WebSocketFormat format = new WebSocketFormat();
    private final ByteBuf out = Unpooled.buffer();

    @AfterEach
    void releaseBuffer() {
        out.release();
    }

    private void encode(String json) {
        format.encode(new Event(json.getBytes(StandardCharsets.UTF_8), "1", null, 0), out);
    }

    private String hex() {
        return ByteBufUtil.hexDump(out);
    }

    private static EmbeddedChannel client() {
        return new EmbeddedChannel(new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(false)
                .allowExtensions(false)
                .maxFramePayloadLength(1 << 20)
                .build()));
    }

    private <T extends WebSocketFrame> T decoded(EmbeddedChannel client, Class<T> type) {
        WebSocketFrame frame = client.readInbound();
        assertThat(frame).isInstanceOf(type);
        assertThat(frame.isFinalFragment()).isTrue();
        assertThat(frame.rsv()).isZero();
        return type.cast(frame);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8100",
        "1, 8101",
        "125, 817d",
        "126, 817e007e",
        "255, 817e00ff",
        "65535, 817effff",
        "65536, 817f0000000000010000",
        "70000, 817f0000000000011170"
    })
    void shouldUseTheShortestHeaderForEachLength(int length, String header) {
        encode("x".repeat(length));

        assertThat(out.readableBytes()).isEqualTo(header.length() / 2 + length);
        assertThat(hex()).startsWith(header).endsWith("78".repeat(length));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536, 200_000})
    void shouldWriteOneTextFrameThatAClientReads(int length) {
        String json = "新".repeat(length / 3) + "x".repeat(length % 3);
        encode(json);
        EmbeddedChannel client = client();
        client.writeInbound(out.retainedDuplicate());

        TextWebSocketFrame frame = decoded(client, TextWebSocketFrame.class);

        assertThat(frame.text()).isEqualTo(json);
        assertThat(frame.content().readableBytes()).isEqualTo(length);
        frame.release();
        client.finishAndReleaseAll();
    }

    @Test
    void shouldAppendFramesBackToBack() {
        encode("{}");
        encode("[]");

        assertThat(hex()).isEqualTo("81027b7d" + "81025b5d");
    }

    @Test
    void shouldWriteAPingWithoutPayload() {
        WebSocketFormat.writePing(out);

        assertThat(hex()).isEqualTo("8900");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125})
    void shouldAnswerAPingWithItsPayload(int length) {
        ByteBuf payload = Unpooled.wrappedBuffer(("?" + "p".repeat(length)).getBytes(StandardCharsets.US_ASCII));
        payload.skipBytes(1);

        WebSocketFormat.writePong(payload, out);

        assertThat(hex()).isEqualTo("8a" + HexFormat.of().toHexDigits((byte) length) + "70".repeat(length));
        assertThat(payload.readableBytes()).isEqualTo(length);
        assertThat(payload.refCnt()).isEqualTo(1);
    }

    @Test
    void shouldWriteACloseWithCodeAndReason() {
        WebSocketFormat.writeClose(1001, "bye", out);

        assertThat(hex()).isEqualTo("8805" + "03e9" + "627965");
    }

    @Test
    void shouldWriteTheLongestReasonOfAClose() {
        WebSocketFormat.writeClose(4100, "r".repeat(123), out);

        assertThat(out.readableBytes()).isEqualTo(2 + 125);
        assertThat(hex()).startsWith("887d1004");
    }

    @Test
    void shouldWriteControlFramesThatAClientReads() {
        WebSocketFormat.writePing(out);
        WebSocketFormat.writePong(Unpooled.wrappedBuffer(new byte[] {1, 2}), out);
        WebSocketFormat.writeClose(4100, "lagged", out);
        EmbeddedChannel client = client();
        client.writeInbound(out.retainedDuplicate());

        decoded(client, PingWebSocketFrame.class).release();
        decoded(client, PongWebSocketFrame.class).release();
        CloseWebSocketFrame close = decoded(client, CloseWebSocketFrame.class);
        assertThat(close.statusCode()).isEqualTo(4100);
        assertThat(close.reasonText()).isEqualTo("lagged");
        close.release();
        client.finishAndReleaseAll();
    }
}
