package dev.hibiki.bench.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.Deflater;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageInflaterTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldInflateConsecutiveMessages(boolean keepsContext) throws ProtocolException {
        Deflater deflater = new Deflater(6, true);
        try (MessageInflater inflater = new MessageInflater(keepsContext, 1_000)) {
            for (int i = 0; i < 3; i++) {
                String message = "{\"title\":\"急上昇 急上昇 急上昇\",\"seq\":" + i + "}";
                if (!keepsContext) {
                    deflater.reset();
                }
                byte[] packed = new byte[500];
                deflater.setInput(message.getBytes(StandardCharsets.UTF_8));
                int length = deflater.deflate(packed, 0, packed.length, Deflater.SYNC_FLUSH) - 4;
                ByteBuffer plain = inflater.inflate(ByteBuffer.wrap(packed), 0, length);
                assertThat(StandardCharsets.UTF_8.decode(plain).toString()).isEqualTo(message);
            }
        } finally {
            deflater.end();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"not deflated at all"})
    void shouldReportABrokenMessage(String garbage) {
        try (MessageInflater inflater = new MessageInflater(false, 1_000)) {
            ByteBuffer in = ByteBuffer.wrap(garbage.getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> inflater.inflate(in, 0, in.limit())).isInstanceOf(ProtocolException.class);
        }
    }
}
