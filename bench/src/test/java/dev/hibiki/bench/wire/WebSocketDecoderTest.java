package dev.hibiki.bench.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WebSocketDecoderTest {
    private static final int MAX_FRAME_BYTES = 2_048;

    @Test
    void shouldFindEveryFrameForEverySplit() throws ProtocolException {
        String longer = "長い".repeat(60);
        byte[] stream = join(
                frame(0x81, "{\"seq\":1}"),
                frame(0x81, longer),
                frame(0x89, "ping"),
                frame(0x82, ""),
                frame(0x01, "begin"),
                frame(0x80, "end"),
                frame(0x8A, "pong"),
                frame(0xC1, "packed"),
                frame(0x88, new byte[] {0x03, (byte) 0xE9}));
        for (int split = 0; split <= stream.length; split++) {
            Collected got = collected().feed(stream, 0, split).feed(stream, split, stream.length);

            assertThat(got.messages)
                    .as("split at %d", split)
                    .containsExactly("{\"seq\":1}", longer, "", "begin", "compressed packed");
            assertThat(got.pings).containsExactly("ping");
            assertThat(got.closes).containsExactly(1001);
        }
    }

    @Test
    void shouldFindFramesThatArriveByteByByte() throws ProtocolException {
        byte[] stream = join(frame(0x81, "x".repeat(200)), frame(0x81, "two"));
        Collected got = collected();
        for (int i = 0; i < stream.length; i++) {
            got.feed(stream, i, i + 1);
        }
        assertThat(got.messages).containsExactly("x".repeat(200), "two");
    }

    @Test
    void shouldReadSixtyFourBitLengths() throws ProtocolException {
        byte[] header = {(byte) 0x81, 127, 0, 0, 0, 0, 0, 0, 0, 2};
        assertThat(collected().feed(join(header, "ok".getBytes(StandardCharsets.UTF_8))).messages)
                .containsExactly("ok");
    }

    @Test
    void shouldTruncateAFrameThatDoesNotFitAndContinueAfterIt() throws ProtocolException {
        byte[] stream = join(frame(0x81, "y".repeat(5_000)), frame(0x81, "next"));
        Collected got = collected();
        for (int at = 0; at < stream.length; at += 500) {
            got.feed(stream, at, Math.min(stream.length, at + 500));
        }
        assertThat(got.messages).hasSize(2);
        assertThat(got.messages.get(0)).startsWith("yyy");
        assertThat(got.messages.get(1)).isEqualTo("next");
    }

    @Test
    void shouldReportACloseWithoutACode() throws ProtocolException {
        assertThat(collected().feed(frame(0x88, "")).closes).containsExactly(1005);
    }

    @Test
    void shouldRefuseAMaskedFrame() {
        assertThatThrownBy(() -> collected().feed(new byte[] {(byte) 0x81, (byte) 0x80}))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("masked");
    }

    @Test
    void shouldRefuseAnUnknownOpcode() {
        assertThatThrownBy(() -> collected().feed(frame(0x83, "")))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("opcode 3");
    }

    private static Collected collected() {
        return new Collected(new WebSocketDecoder(MAX_FRAME_BYTES));
    }

    private static byte[] frame(int first, String text) {
        return frame(first, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] frame(int first, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 4).put((byte) first);
        if (payload.length < 126) {
            frame.put((byte) payload.length);
        } else {
            frame.put((byte) 126).putShort((short) payload.length);
        }
        frame.put(payload).flip();
        byte[] bytes = new byte[frame.limit()];
        frame.get(bytes);
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
