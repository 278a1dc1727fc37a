package dev.hibiki.gateway.ws;

import static dev.hibiki.gateway.ws.TestConnection.clientFrame;
import static dev.hibiki.gateway.ws.TestConnection.closeHex;
import static dev.hibiki.gateway.ws.TestConnection.frameHex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.wire.CloseCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of clients, deflated or not, are checked; under hibiki.v1 they are answered, else dropped. */
class ClientMessagesTest {
    private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final String V1 = "Sec-WebSocket-Protocol: hibiki.v1";
    private static final String UNSUBSCRIBE = "{\"$\":{\"unsubscribe\":{\"channel\":\"ch\"}}}";
    private static final String UNSUBSCRIBED = "{\"$\":{\"unsubscribed\":{\"channel\":\"ch\"}}}";
    private static final int TEXT = 0x1;
    private static final int BINARY = 0x2;
    private static final int FIN = 0x80;
    private static final int RSV1 = 0x40;

    private final TestConnection connection = new TestConnection();

    @AfterEach
    void shouldHaveLeftNothingBehind() {
        connection.close();
        assertThat(connection.sessions.openSockets()).isZero();
    }

    private void connect(String... headers) {
        assertThat(connection.upgrade("/", headers))
                .contains("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
                        + " client_no_context_takeover\r\n");
        connection.sentHex();
    }

    private void receive(int firstByte, byte[] payload) {
        connection.receive(clientFrame(firstByte, payload));
        connection.channel.runPendingTasks();
    }

    private void requireClosed(int code, String reason) {
        assertThat(connection.sentHex()).isEqualTo(closeHex(code, reason));
        assertThat(connection.channel.isOpen()).isFalse();
        assertThat(connection.metrics.scrape()).contains("hibiki_closes_total{reason=\"" + code + "\"} 1.0");
    }

    private void requireStillOpen() {
        assertThat(connection.sentHex()).isEmpty();
        assertThat(connection.channel.isOpen()).isTrue();
        connection.publish("{}");
        assertThat(connection.sentHex()).isEqualTo(frameHex("{}"));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] deflate(byte[] message) {
        byte[] flushed = deflate(message, false);
        return Arrays.copyOf(flushed, flushed.length - 4);
    }

    /** @param last whether the block is marked as the last one */
    private static byte[] deflate(byte[] message, boolean last) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(message);
        if (last) {
            deflater.finish();
        }
        byte[] deflated = new byte[message.length + 64];
        int length = deflater.deflate(deflated, 0, deflated.length, Deflater.SYNC_FLUSH);
        deflater.end();
        return Arrays.copyOf(deflated, length);
    }

    private static byte[] repeated(int length) {
        byte[] message = new byte[length];
        Arrays.fill(message, (byte) 'x');
        return message;
    }

    @Test
    void shouldReadADeflatedMessage() {
        connect(DEFLATE, V1);

        receive(FIN | RSV1 | TEXT, deflate(utf8(UNSUBSCRIBE)));

        assertThat(connection.sentMessages()).containsExactly(UNSUBSCRIBED);
    }

    @Test
    void shouldReadAPlainMessageOfAClientThatMayDeflate() {
        connect(DEFLATE, V1);

        receive(FIN | TEXT, utf8(UNSUBSCRIBE));

        assertThat(connection.sentMessages()).containsExactly(UNSUBSCRIBED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadAMessageInSeveralFrames(boolean deflated) {
        connect(DEFLATE, V1);
        byte[] message = deflated ? deflate(utf8(UNSUBSCRIBE)) : utf8(UNSUBSCRIBE);

        receive((deflated ? RSV1 : 0) | TEXT, Arrays.copyOf(message, 1));
        receive(0, new byte[0]);
        connection.receive(TestConnection.ping("between"));
        assertThat(connection.sentHex()).isEqualTo("8a07" + TestConnection.hex("between"));
        receive(0, Arrays.copyOfRange(message, 1, 20));
        receive(FIN, Arrays.copyOfRange(message, 20, message.length));

        assertThat(connection.sentMessages()).containsExactly(UNSUBSCRIBED);
    }

    @ParameterizedTest
    @CsvSource({
        "one block, f248cdc9c90700",
        "not compressed, 000500faff48656c6c6f00",
        "a last block and what follows it, f348cdc9c9070000",
        "two blocks, f248050000 00ffffcac9c90700",
    })
    void shouldReadTheExamplesOfTheRfc(String form, String payload) {
        connect(DEFLATE, V1);

        receive(FIN | RSV1 | TEXT, HexFormat.of().parseHex(payload.replace(" ", "")));

        assertThat(connection.sentMessages())
                .as(form)
                .singleElement()
                .asString()
                .contains("\"malformed\"", "the word Hello at byte 0");
    }

    @Test
    void shouldReadDataAfterALastBlock() {
        connect(DEFLATE, V1);

        receive(RSV1 | TEXT, deflate(utf8(UNSUBSCRIBE.substring(0, 10)), true));
        receive(0, deflate(utf8(UNSUBSCRIBE.substring(10)), true));
        receive(FIN, new byte[1]);

        assertThat(connection.sentMessages()).containsExactly(UNSUBSCRIBED);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldReadAnEmptyMessage(int payloadBytes) {
        connect(DEFLATE);

        receive(FIN | RSV1 | TEXT, new byte[payloadBytes]);

        requireStillOpen();
    }

    @Test
    void shouldInflateEachMessageWithoutContext() {
        connect(DEFLATE);

        receive(FIN | RSV1 | TEXT, HexFormat.of().parseHex("f248cdc9c90700"));
        receive(FIN | RSV1 | TEXT, HexFormat.of().parseHex("f200110000")); // Refers to the previous message.

        requireClosed(1002, "protocol error");
    }

    @ParameterizedTest
    @CsvSource({
        "RSV2, a1",
        "RSV3, 91",
        "RSV1 and RSV2, e1",
        "RSV1 on a ping, c9",
        "RSV1 on a pong, ca",
        "RSV1 on a close, c8",
        "RSV2 on a binary frame, a2",
    })
    void shouldCloseOnAReservedBitThatWasNotNegotiated(String breach, String firstByte) {
        connect(DEFLATE);

        connection.receiveHex(firstByte + "8000000000");

        requireClosed(1002, "protocol error");
        assertThat(breach).isNotEmpty();
    }

    @Test
    void shouldCloseOnACompressedContinuation() {
        connect(DEFLATE);

        receive(RSV1 | TEXT, deflate(utf8("a")));
        receive(FIN | RSV1, new byte[0]);

        requireClosed(1002, "protocol error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"f248cdc9c9", "00ff0000ff", "ff", "06", "f200110000", "f248cdc9c90700f2"})
    void shouldCloseOnInvalidDeflateData(String payload) {
        connect(DEFLATE);

        receive(FIN | RSV1 | TEXT, HexFormat.of().parseHex(payload));

        requireClosed(1002, "protocol error");
    }

    @ParameterizedTest
    @ValueSource(ints = {TEXT, BINARY})
    void shouldCloseOnAMessageThatInflatesBeyondTheLimit(int opcode) {
        connect(DEFLATE);
        receive(FIN | RSV1 | opcode, deflate(repeated(4096)));
        assertThat(connection.channel.isOpen()).isTrue();

        receive(FIN | RSV1 | opcode, deflate(repeated(4097)));

        requireClosed(1009, "message too big (expected: at most 4096 bytes)");
    }

    @Test
    void shouldCloseOnAZipBomb() {
        connect(DEFLATE);
        byte[] bomb = deflate(repeated(3_500_000));
        assertThat(bomb).hasSizeLessThan(4096);

        receive(FIN | RSV1 | TEXT, bomb);

        requireClosed(1009, "message too big (expected: at most 4096 bytes)");
    }

    @Test
    void shouldCloseOnFramesThatTogetherExceedTheLimit() {
        connect(DEFLATE);

        receive(TEXT, repeated(4000));
        receive(0, repeated(96));
        assertThat(connection.channel.isOpen()).isTrue();
        receive(0, repeated(1));

        requireClosed(1009, "message too big (expected: at most 4096 bytes)");
    }

    @ParameterizedTest
    @CsvSource({"false, 61eda080", "true, 61eda080", "false, 61e381", "true, e381", "true, 61f09f8e"})
    void shouldCloseOnTextThatIsNotUtf8(boolean deflated, String hex) {
        connect(DEFLATE);
        byte[] text = HexFormat.of().parseHex(hex);

        receive(FIN | BINARY, text);
        assertThat(connection.channel.isOpen()).isTrue();
        receive(FIN | TEXT | (deflated ? RSV1 : 0), deflated ? deflate(text) : text);

        requireClosed(1007, "invalid UTF-8");
    }

    @Test
    void shouldReadACharacterThatIsSplitAcrossFrames() {
        connect(DEFLATE);
        byte[] character = utf8("響");

        receive(TEXT, Arrays.copyOf(character, 1));
        receive(FIN, Arrays.copyOfRange(character, 1, 3));
        requireStillOpen();
        receive(TEXT, Arrays.copyOf(character, 1));
        receive(FIN, Arrays.copyOfRange(character, 1, 2));

        requireClosed(1007, "invalid UTF-8");
    }

    @Test
    void shouldReleaseTheBeginningOfAMessageWhenTheClientGoes() {
        connect(DEFLATE);
        receive(RSV1 | TEXT, new byte[100]);

        connection.channel.close(); // The leak detector would report the buffer.

        assertThat(connection.channel.isOpen()).isFalse();
    }

    @Test
    void shouldReadNoMessagesAfterTheSessionHasEnded() {
        connect(DEFLATE);
        connection.sessions.endAll(CloseCode.GOING_AWAY);
        connection.channel.runPendingTasks();
        assertThat(connection.sentHex()).isEqualTo(closeHex(1001, "server going away"));

        receive(FIN | TEXT, new byte[] {(byte) 0xFF});
        receive(TEXT, repeated(4000));
        receive(0, repeated(4000));

        assertThat(connection.sentHex()).isEmpty();
        assertThat(connection.channel.isOpen()).isTrue();
    }
}
