package dev.hibiki.bench.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ResponseHeadTest {
    private static final String HEAD =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nx-a: 1\r\nX-A: 2\r\n\r\n";

    @Test
    void shouldWaitForTheWholeHead() throws ProtocolException {
        byte[] bytes = (HEAD + "rest").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        for (int to = 0; to < HEAD.length(); to++) {
            assertThat(ResponseHead.parse(in, 0, to)).isNull();
        }
        assertThat(ResponseHead.parse(in, 0, bytes.length))
                .asInstanceOf(type(ResponseHead.class))
                .satisfies(head -> {
                    assertThat(head.status()).isEqualTo(101);
                    assertThat(head.bytes()).isEqualTo(HEAD.length());
                    assertThat(head.header("upgrade")).isEqualTo("websocket");
                    assertThat(head.header("X-a")).isEqualTo("1, 2");
                    assertThat(head.header("none")).isEmpty();
                });
    }

    @Test
    void shouldRefuseAnInvalidHead() {
        for (String text : new String[] {"SSH-2.0-OpenSSH", "-ERR unknown command\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"}) {
            ByteBuffer in = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> ResponseHead.parse(in, 0, in.limit()))
                    .as(text)
                    .isInstanceOf(ProtocolException.class);
        }
    }
}
