package dev.hibiki.bench.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SseDecoderTest {
    @Test
    void shouldFindTheDataOfEveryEventForEverySplit() throws ProtocolException {
        byte[] stream = bytes("""
                retry: 500

                : heartbeat

                id: 7
                data: {"seq":1}

                data:{"t":"新"}\r
                \r
                event: x
                data: a
                data: b

                """);
        for (int split = 0; split <= stream.length; split++) {
            Collected got =
                    new Collected(new SseDecoder(1_000)).feed(stream, 0, split).feed(stream, split, stream.length);
            assertThat(got.messages)
                    .as("split at %d", split)
                    .containsExactly("{\"seq\":1}", "{\"t\":\"新\"}", "a\ndata: b");
        }
    }

    @Test
    void shouldRefuseAnEndlessEvent() {
        assertThatThrownBy(() -> new Collected(new SseDecoder(10)).feed(bytes("data: 12345678901234567890")))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("longer than 10 bytes");
    }

    @Test
    void shouldDecodeChunksForEverySplit() throws ProtocolException {
        byte[] stream = bytes("5\r\nhello\r\nB;ext=1\r\n, chunked w\r\n4\r\norld\r\n0\r\n\r\n");
        for (int split = 0; split <= stream.length; split++) {
            Dechunker dechunker = new Dechunker();
            String got = part(dechunker, stream, 0, split) + part(dechunker, stream, split, stream.length);
            assertThat(got).as("split at %d", split).isEqualTo("hello, chunked world");
            assertThat(dechunker.done()).isTrue();
        }
    }

    @Test
    void shouldRefuseAnInvalidChunkSize() {
        assertThatThrownBy(() -> part(new Dechunker(), bytes("zz\r\n"), 0, 4)).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> part(new Dechunker(), bytes("\r\n"), 0, 2)).isInstanceOf(ProtocolException.class);
    }

    private static String part(Dechunker dechunker, byte[] stream, int from, int to) throws ProtocolException {
        ByteBuffer buffer = ByteBuffer.allocate(200).put(bytes("kept")).put(stream, from, to - from);
        int end = dechunker.compact(buffer, 4, buffer.position());
        byte[] text = new byte[end - 4];
        buffer.get(4, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
