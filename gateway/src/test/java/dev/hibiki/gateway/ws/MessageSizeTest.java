package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's message may have the configured length, with two connections of different limits on one loop. */
class MessageSizeTest {
    private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";
    private static final int TEXT = 0x01;
    private static final int BINARY = 0x02;
    private static final int FIN = 0x80;
    private static final int RSV1 = 0x40;

    private final TestConnection small = limitedTo("1k");
    private final TestConnection large = limitedTo("32k");

    private static TestConnection limitedTo(String bytes) {
        TestConnection connection = new TestConnection(
                LogLimits.retaining(1 << 20), "--max-client-messages", "0", "--max-client-message-bytes", bytes);
        assertThat(connection.upgrade("/", DEFLATE)).startsWith("HTTP/1.1 101 ");
        connection.sentHex();
        return connection;
    }

    @AfterEach
    void close() {
        small.close();
        large.close();
    }

    private static void receive(TestConnection connection, int firstByte, byte[] payload) {
        connection.receive(TestConnection.clientFrame(firstByte, payload));
    }

    private int limit(TestConnection connection) {
        return connection == small ? 1_024 : 32_768;
    }

    private static byte[] text(int length) {
        byte[] text = new byte[length];
        Arrays.fill(text, (byte) 'x');
        return text;
    }

    private static byte[] deflated(int length) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(text(length));
        byte[] deflated = new byte[length + 64];
        int end = deflater.deflate(deflated, 0, deflated.length, Deflater.SYNC_FLUSH) - 4;
        deflater.end();
        return Arrays.copyOf(deflated, end);
    }

    private static void requireOpen(TestConnection connection) {
        assertThat(connection.sentHex()).isEmpty();
        assertThat(connection.channel.isOpen()).isTrue();
    }

    private void requireTooBig(TestConnection connection) {
        String reason = "message too big (expected: at most " + limit(connection) + " bytes)";
        assertThat(connection.sentHex()).isEqualTo(TestConnection.closeHex(1009, reason));
        assertThat(connection.channel.isOpen()).isFalse();
        assertThat(connection.metrics.scrape())
                .contains("hibiki_closes_total{reason=\"1009\"} 1.0")
                .contains("hibiki_refused_total{reason=\"message_bytes\"} 1.0");
    }

    @ParameterizedTest
    @ValueSource(ints = {FIN | TEXT, TEXT, FIN | BINARY})
    void shouldAcceptAFrameOfTheLimitAndNotOneByteMore(int firstByte) {
        for (TestConnection connection : List.of(small, large)) {
            receive(connection, FIN | TEXT, text(limit(connection)));
            requireOpen(connection);
            receive(connection, firstByte, text(limit(connection) + 1));
            requireTooBig(connection);
        }
    }

    @Test
    void shouldAcceptFragmentsOfTheLimitAndNotOneByteMore() {
        for (TestConnection connection : List.of(small, large)) {
            int limit = limit(connection);
            receive(connection, TEXT, text(limit - 1));
            receive(connection, FIN, text(1));
            requireOpen(connection);

            receive(connection, TEXT, text(limit - 1));
            receive(connection, 0, text(1));
            requireOpen(connection);
            receive(connection, FIN, text(1));
            requireTooBig(connection);
        }
    }

    @Test
    void shouldAcceptAMessageThatInflatesToTheLimitAndNotOneByteMore() {
        for (TestConnection connection : List.of(small, large)) {
            int limit = limit(connection);
            receive(connection, FIN | RSV1 | TEXT, deflated(limit));
            requireOpen(connection);
            receive(connection, FIN | RSV1 | TEXT, deflated(limit + 1));
            requireTooBig(connection);
        }
    }

    /** Both sessions borrow readers and inflaters of one loop, with different limits. */
    @Test
    void shouldApplyTheLimitOfEachSession() {
        for (int i = 0; i < 3; i++) {
            receive(small, FIN | TEXT, text(1024));
            receive(large, FIN | TEXT, text(32_768));
            receive(large, FIN | RSV1 | TEXT, deflated(32_768));
            receive(small, FIN | RSV1 | TEXT, deflated(1024));
        }
        requireOpen(small);
        requireOpen(large);
    }
}
