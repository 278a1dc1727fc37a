package dev.hibiki.gateway.ws;

import static dev.hibiki.gateway.ws.TestConnection.clientFrame;
import static dev.hibiki.gateway.ws.TestConnection.closeHex;
import static dev.hibiki.gateway.ws.TestConnection.frameHex;
import static dev.hibiki.gateway.ws.TestConnection.hex;
import static dev.hibiki.gateway.ws.TestConnection.ping;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.wire.CloseCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketProtocolTest {
    private final TestConnection connection = TestConnection.upgraded();

    @AfterEach
    void shouldHaveLeftNothingBehind() {
        connection.close();
        assertThat(connection.regions.connections()).isZero();
        assertThat(connection.sessions.openSockets()).isZero();
    }

    private void requireClosed(String reason) {
        assertThat(connection.channel.isOpen()).isFalse();
        assertThat(connection.metrics.scrape()).contains("hibiki_closes_total{reason=\"" + reason + "\"} 1.0");
        assertThat(connection.regions.connections()).isZero();
    }

    @Test
    void shouldSendEachEventAsOneFrame() {
        connection.publish("{\"a\":1}");
        connection.publish("{\"a\":2}");

        assertThat(connection.nextWriteHex()).isEqualTo(frameHex("{\"a\":1}"));
        assertThat(connection.nextWriteHex()).isEqualTo(frameHex("{\"a\":2}"));
    }

    @Test
    void shouldSendEventsThatArrivedWhileTheSocketWasBusyAsOneWrite() {
        connection.busy(true);
        for (int i = 0; i < 5; i++) {
            connection.publish("{\"a\":" + i + "}");
        }
        assertThat(connection.sentHex()).isEmpty();

        connection.busy(false);
        assertThat(connection.nextWriteHex()).hasSize(5 * 2 * 9).startsWith(frameHex("{\"a\":0}"));
        assertThat(connection.nextWriteHex()).isNull();
    }

    @Test
    void shouldWriteNoMoreThanItsBudgetAtOnce() {
        connection.busy(true);
        for (int i = 0; i < 30; i++) {
            connection.publish("12345678");
        }

        connection.busy(false);
        for (int write = 0; write < 3; write++) {
            assertThat(connection.nextWriteHex()).isEqualTo(frameHex("12345678").repeat(10));
        }
        assertThat(connection.nextWriteHex()).isNull();
    }

    @Test
    void shouldAnswerAPingWithItsPayload() {
        connection.receive(ping("abc"));
        connection.receive(ping(""));
        connection.receive(ping("x".repeat(125)));

        assertThat(connection.nextWriteHex()).isEqualTo("8a03" + hex("abc"));
        assertThat(connection.nextWriteHex()).isEqualTo("8a00");
        assertThat(connection.nextWriteHex()).isEqualTo("8a7d" + hex("x".repeat(125)));
    }

    @Test
    void shouldAnswerOnlyTheLatestPingOnceTheSocketIsNoLongerBusy() {
        connection.busy(true);
        connection.receive(ping("one"));
        connection.receive(ping("two"));
        connection.publish("{}");
        assertThat(connection.sentHex()).isEmpty();

        connection.busy(false);
        assertThat(connection.sentHex()).isEqualTo("8a03" + hex("two") + frameHex("{}"));
    }

    @Test
    void shouldReleaseAPendingPongWhenTheClientDisconnects() {
        connection.busy(true);
        connection.receive(ping("owed"));
        connection.channel.close();

        requireClosed("gone");
    }

    @Test
    void shouldReadAndDropMessagesOfTheClient() {
        connection.receive(clientFrame(0x81, "hello".getBytes(StandardCharsets.US_ASCII)));
        connection.receive(clientFrame(0x01, new byte[] {'a'}));
        connection.receive(clientFrame(0x80, new byte[] {'b'}));
        connection.receive(clientFrame(0x82, new byte[4096]));
        connection.receive(clientFrame(0x8A, new byte[0]));

        assertThat(connection.sentHex()).isEmpty();
        assertThat(connection.channel.isOpen()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"03e8, 1000", "03e9, 1001", "0fa0, 4000", "03f4787878, 1012", "'', 1000"})
    void shouldEchoTheClientsCloseAndCloseTheSocket(String payload, int code) {
        connection.receive(clientFrame(0x88, HexFormat.of().parseHex(payload)));

        assertThat(connection.sentHex()).isEqualTo(closeHex(code, ""));
        requireClosed("client");
    }

    @ParameterizedTest
    @CsvSource({
        "unmasked, 8100",
        "reserved bit 1, c18000000000",
        "reserved bit 2, a18000000000",
        "reserved bit 3, 918000000000",
        "reserved opcode, 838000000000",
        "reserved control opcode, 8b8000000000",
        "fragmented ping, 098000000000",
        "long ping, 89fe007e00000000",
        "continuation of nothing, 808000000000",
        "close with one byte, 88810000000003",
        "close with a reserved code, 88820000000003ed"
    })
    void shouldCloseOnABreachOfTheProtocol(String breach, String hex) {
        connection.receiveHex(hex);

        assertThat(connection.sentHex()).as(breach).isEqualTo(closeHex(1002, "protocol error"));
        requireClosed("1002");
    }

    @Test
    void shouldCloseOnAFrameThatIsTooBig() {
        connection.receiveHex("82fe100100000000");

        assertThat(connection.sentHex()).isEqualTo(closeHex(1009, "message too big (expected: at most 4096 bytes)"));
        requireClosed("1009");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 9999, 32_767, 32_768, 65_535})
    void shouldCloseOnACodeThatMayNotBeSent(int code) {
        connection.receiveHex("888200000000" + String.format("%04x", code));

        assertThat(connection.sentHex()).isEqualTo(closeHex(1002, "protocol error"));
        requireClosed("1002");
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 4000, 4999})
    void shouldAcceptACodeThatMayBeSent(int code) {
        connection.receiveHex("888500000000" + String.format("%04x", code) + "e38182");

        assertThat(connection.sentHex()).isEqualTo(closeHex(code, ""));
        requireClosed("client");
    }

    @ParameterizedTest
    @ValueSource(strings = {"c080", "e381", "e3", "80", "61f09f8e", "eda080", "f4908080", "e38182e3"})
    void shouldCloseOnAReasonThatIsNotUtf8(String reason) {
        connection.receiveHex(String.format("88%02x00000000", 0x82 + reason.length() / 2) + "03e8" + reason);

        assertThat(connection.sentHex()).isEqualTo(closeHex(1007, "invalid UTF-8"));
        requireClosed("1007");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSendACloseWhenTheGatewayClosesAndWaitForTheAnswerOrTheTimeout(boolean answers) {
        connection.sessions.endAll(CloseCode.GOING_AWAY);
        connection.channel.runPendingTasks();
        assertThat(connection.sentHex()).isEqualTo(closeHex(1001, "server going away"));
        assertThat(connection.channel.isOpen()).isTrue();
        connection.publish("{}");
        assertThat(connection.sentHex()).isEmpty();

        if (answers) {
            connection.receiveHex("88820000000003e9");
        } else {
            connection.pass(TestConnection.LINGER_MS - 1);
            assertThat(connection.channel.isOpen()).isTrue();
            connection.pass(1);
        }
        assertThat(connection.sentHex()).isEmpty();
        requireClosed("1001");
    }

    @Test
    void shouldEndWhenTheSocketCloses() {
        connection.channel.close();
        connection.publish("{}");

        assertThat(connection.sentHex()).isEmpty();
        requireClosed("gone");
    }

    @Test
    void shouldEndWhenReadingFails() {
        connection.channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));

        requireClosed("gone");
    }
}
