package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameDecoderTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536, 200_000})
    void shouldReadAFrameOfAnyLengthInPiecesOfAnySize(int length) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 'x');
        byte[] wire = new Frame(true, 0, Frame.BINARY, payload).unmasked();
        for (int cut : new int[] {1, 2, 3, 5, wire.length - 1, wire.length}) {
            FrameDecoder decoder = new FrameDecoder(false);
            ByteBuffer begin = ByteBuffer.wrap(wire, 0, Math.min(cut, wire.length));
            if (begin.remaining() < wire.length) {
                assertThat(decoder.decode(begin)).isNull();
                assertThat(begin.position()).isZero();
            }
            Frame frame = Objects.requireNonNull(decoder.decode(ByteBuffer.wrap(wire)));
            assertThat(frame.payload()).isEqualTo(payload);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "818000000000, masked",
        "c10161, reserved bit",
        "910161, reserved bit",
        "8300, Opcode 3",
        "8b00, Opcode 11",
        "0900, fragmented",
        "897e0080, more than 125",
        "8000, out of turn",
        "817e0001, shortest form",
        "817f000000000000ffff, shortest form",
        "817f8000000000000000, shortest form",
    })
    void shouldNameTheRuleThatAHeaderBreaks(String wire, String rule) {
        ByteBuffer in = ByteBuffer.wrap(HexFormat.of().parseHex(wire));
        assertThatThrownBy(() -> new FrameDecoder(false).decode(in))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining(rule);
    }

    @Test
    void shouldAllowPingsButNoNewMessageBetweenFragments() {
        FrameDecoder decoder = new FrameDecoder(false);
        assertThat(decoder.decode(wire("010161"))).isNotNull();
        assertThat(decoder.decode(wire("8900"))).isNotNull();
        assertThatThrownBy(() -> decoder.decode(wire("810161"))).hasMessageContaining("out of turn");
        assertThat(decoder.decode(wire("800162"))).isNotNull();
        assertThat(decoder.decode(wire("810161"))).isNotNull();
    }

    @Test
    void shouldRefuseFramesAfterAClose() {
        FrameDecoder decoder = new FrameDecoder(false);
        assertThat(decoder.decode(wire("880203e8"))).isNotNull();
        assertThatThrownBy(() -> decoder.decode(wire("8900"))).hasMessageContaining("follows a Close");
    }

    @Test
    void shouldAllowRsv1OnTheFirstFrameOfAMessageOnceDeflateIsAgreed() {
        FrameDecoder decoder = new FrameDecoder(true);
        assertThat(decoder.decode(wire("410161"))).isNotNull();
        assertThatThrownBy(() -> decoder.decode(wire("c00162"))).hasMessageContaining("reserved bit");
        assertThatThrownBy(() -> decoder.decode(wire("c900"))).hasMessageContaining("reserved bit");
    }

    private static ByteBuffer wire(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    }
}
