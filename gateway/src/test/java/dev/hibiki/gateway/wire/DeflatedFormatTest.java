package dev.hibiki.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hibiki.gateway.event.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeflatedFormatTest {
    private static final int RSV1_TEXT = 0xC1;
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final WireFormats formats = new WireFormats(new WebSocketFormat());
    private final WireFormat plain = new WebSocketFormat();

    @AfterEach
    void closeFormats() {
        formats.close();
    }

    /** Random digits whose beginning comes again at the end, so that the last reference reaches back almost to the start. */
    private static byte[] echo(int length) {
        Random random = new Random(length);
        StringBuilder digits = new StringBuilder(length);
        while (digits.length() < length) {
            digits.append(random.nextInt(10));
        }
        return (digits.substring(0, length - 40) + digits.substring(0, 40)).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static byte[] frame(WireFormat format, byte[] json) {
        ByteBuf out = Unpooled.buffer();
        format.encode(new Event(json, "1", null, 0), out);
        byte[] frame = ByteBufUtil.getBytes(out);
        out.release();
        return frame;
    }

    private byte[] frame(int windowBits, byte[] json) {
        return frame(formats.deflated(windowBits), json);
    }

    private static byte[] deflatedPayload(byte[] frame) {
        assertThat(frame[0]).isEqualTo((byte) RSV1_TEXT);
        int header = frame[1] < 126 ? 2 : frame[1] == 126 ? 4 : 10;
        return Arrays.copyOfRange(frame, header, frame.length);
    }

    private static byte[] inflate(byte[] deflated, int length) throws Exception {
        Inflater inflater = new Inflater(true);
        byte[] stream = Arrays.copyOf(deflated, deflated.length + TAIL.length);
        System.arraycopy(TAIL, 0, stream, deflated.length, TAIL.length);
        inflater.setInput(stream);
        byte[] message = new byte[length + 1];
        int inflated = inflater.inflate(message);
        assertThat(inflater.needsInput()).isTrue();
        inflater.end();
        return Arrays.copyOf(message, inflated);
    }

    private static IntStream windows() {
        return IntStream.rangeClosed(DeflatedFormat.MIN_WINDOW_BITS, DeflatedFormat.MAX_WINDOW_BITS);
    }

    @ParameterizedTest
    @MethodSource("windows")
    void shouldDeflateWithinTheWindowOnly(int windowBits) throws Exception {
        int window = 1 << windowBits;
        for (int length : new int[] {256, window / 2, window - 1, window}) {
            if (length < DeflatedFormat.MIN_EVENT_BYTES) {
                continue;
            }
            byte[] json = echo(length);

            byte[] deflated = deflatedPayload(frame(windowBits, json));

            assertThat(deflated).hasSizeLessThan(length);
            assertThat(inflate(deflated, length)).isEqualTo(json);
            WindowInflater inflated = WindowInflater.inflate(deflated);
            assertThat(inflated.message()).isEqualTo(json);
            assertThat(inflated.farthest()).isBetween(length / 2, window);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 10, 11, 12, 13, 14})
    void shouldNotDeflateEventsLongerThanTheWindow(int windowBits) {
        byte[] json = echo((1 << windowBits) + 1);

        assertThat(frame(windowBits, json)).isEqualTo(frame(plain, json));
    }

    @ParameterizedTest
    @ValueSource(ints = {32_769, 65_536, 300_000})
    void shouldDeflateAnyLengthForTheLargestWindow(int length) throws Exception {
        byte[] json = Arrays.copyOf(echo(20_000), length);
        System.arraycopy(json, 0, json, length - 10_000, 10_000);

        byte[] deflated = deflatedPayload(frame(15, json));

        assertThat(inflate(deflated, length)).isEqualTo(json);
        WindowInflater inflated = WindowInflater.inflate(deflated);
        assertThat(inflated.message()).isEqualTo(json);
        assertThat(inflated.farthest()).isLessThanOrEqualTo(32_768);
    }

    @Test
    void shouldPreserveCjkText() throws Exception {
        byte[] json =
                "{\"title\":\"新しい動画 실시간 인기 正在流行 Thịnh hành 🎬\"},".repeat(8).getBytes(StandardCharsets.UTF_8);

        assertThat(inflate(deflatedPayload(frame(15, json)), json.length)).isEqualTo(json);
    }

    @Test
    void shouldNotDeflateShortEvents() {
        byte[] shorter = echo(DeflatedFormat.MIN_EVENT_BYTES - 1);

        assertThat(frame(15, shorter)).isEqualTo(frame(plain, shorter));
        deflatedPayload(frame(15, echo(DeflatedFormat.MIN_EVENT_BYTES)));
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 1_000, 20_000, 70_000})
    void shouldNotDeflateEventsThatDoNotShrink(int length) {
        byte[] json = noise(length);

        assertThat(frame(15, json)).isEqualTo(frame(plain, json));
    }

    @Test
    void shouldDeflateEachFrameIndependently() {
        byte[] alone = frame(new DeflatedFormat(15), echo(1_000));
        WireFormat format = formats.deflated(15);

        for (byte[] before : new byte[][] {echo(1_000), noise(1_000), echo(500), echo(50_000)}) {
            frame(format, before);
            assertThat(frame(format, echo(1_000))).isEqualTo(alone);
        }
    }

    @ParameterizedTest
    @CsvSource({"256, c17d, 1", "1000, c17e, 3", "200000, c17f, 9"})
    void shouldUseTheShortestHeader(int length, String header, int lengthBytes) {
        byte[] frame = frame(15, echo(length));
        int payload = frame.length - 1 - lengthBytes;

        ByteBuf read = Unpooled.wrappedBuffer(frame, 1, lengthBytes);
        long written = lengthBytes == 1
                ? read.readByte()
                : lengthBytes == 3
                        ? read.skipBytes(1).readUnsignedShort()
                        : read.skipBytes(1).readLong();
        assertThat(written).isEqualTo(payload);
        assertThat(ByteBufUtil.hexDump(frame, 0, 2)).startsWith(header.substring(0, 2));
    }

    @Test
    void shouldAppendToExistingFrames() {
        ByteBuf out = Unpooled.buffer();
        Event event = new Event(echo(400), "1", null, 0);

        formats.deflated(15).encode(event, out);
        int first = out.readableBytes();
        formats.deflated(15).encode(event, out);

        assertThat(out.slice(first, first)).isEqualTo(out.slice(0, first));
        out.release();
    }

    @Test
    void shouldUseThePlainFrameForEventsOlderThanItsLog() {
        byte[] json = echo(1_000);
        ByteBuf plainFrame = Unpooled.wrappedBuffer(frame(plain, json));
        ByteBuf out = Unpooled.buffer();

        formats.deflated(15).reencode(plainFrame, false, out);

        assertThat(out).isEqualTo(plainFrame);
        out.release();
    }

    @Test
    void shouldShareOneFormatPerWindow() {
        assertThat(formats.deflated(10)).isSameAs(formats.deflated(10)).isNotSameAs(formats.deflated(11));
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 16})
    void shouldRefuseInvalidWindows(int windowBits) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DeflatedFormat(windowBits))
                .withMessage("windowBits: " + windowBits + " (expected: 8 to 15)");
    }
}
