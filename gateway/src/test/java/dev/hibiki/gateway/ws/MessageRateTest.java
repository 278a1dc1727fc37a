package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client may send only so many messages per second. */
class MessageRateTest {
    private static final String POLICY =
            TestConnection.closeHex(1008, "policy violation (expected: at most 3 messages a second)");

    private final TestConnection test = new TestConnection(
                    LogLimits.retaining(1 << 20), "--max-client-messages", "3", "--max-topics", "2")
            .upgrade();

    @AfterEach
    void close() {
        test.close();
    }

    private void send(int times) {
        for (int i = 0; i < times; i++) {
            test.say("x");
        }
    }

    @Test
    void shouldCloseAClientThatExceedsTheMessageRate() {
        send(3);
        assertThat(test.sentHex()).isEmpty();
        send(1);
        assertThat(test.sentHex()).isEqualTo(POLICY);
        assertThat(test.regions.connections()).isZero();
        assertThat(test.metrics.scrape()).contains("hibiki_refused_total{reason=\"message_rate\"} 1.0");
        send(5);
        assertThat(test.sentHex()).isEmpty();
        assertThat(test.metrics.scrape())
                .contains("hibiki_refused_total{reason=\"message_rate\"} 1.0")
                .contains("hibiki_closes_total{reason=\"1008\"} 1.0");
    }

    @Test
    void shouldCountPingsAndFragments() {
        test.receive(TestConnection.ping("a"));
        test.receive(TestConnection.clientFrame(0x01, new byte[1]));
        test.receive(TestConnection.clientFrame(0x00, new byte[1]));
        test.sentHex();
        test.receive(TestConnection.clientFrame(0x80, new byte[1]));
        assertThat(test.sentHex()).isEqualTo(POLICY);
    }

    @Test
    void shouldNotAnswerAMessageOverTheRate() {
        send(3);
        test.receive(TestConnection.ping("one too many"));
        assertThat(test.sentHex()).isEqualTo(POLICY);
    }

    @Test
    void shouldAllowAsManyMessagesInTheNextSecond() {
        for (int second = 0; second < 5; second++) {
            send(3);
            test.pass(1_000);
        }
        assertThat(test.sentHex()).as("nothing, or a ping").isIn("", "8900");
        assertThat(test.regions.connections()).isOne();
    }

    @Test
    void shouldReadTheClientsCloseOverTheRate() {
        send(3);
        test.receive(TestConnection.clientFrame(0x88, new byte[] {0x03, (byte) 0xe8}));

        assertThat(test.sentHex()).startsWith("8802" + "03e8");
    }

    @Test
    void shouldRefuseTopicsOverTheLimitOfAClient() {
        try (TestConnection other =
                new TestConnection(LogLimits.retaining(1 << 20), "--max-client-messages", "0", "--max-topics", "2")) {
            other.receive(TestConnection.upgradeRequest("/?channel=ch&region=a&region=b&region=c"));
            assertThat(other.sentText()).startsWith("HTTP/1.1 400 ").contains("at most 2");
            other.upgrade("/?channel=ch&region=a&region=b", "Sec-WebSocket-Protocol: hibiki.v1");
            other.sentHex();
            other.say("{\"$\":{\"subscribe\":{\"channel\":\"other\"}}}");
            assertThat(other.sentMessages()).hasSize(1).first().asString().contains("refused", "at most 2");
            assertThat(other.metrics.scrape()).contains("hibiki_refused_total{reason=\"topics\"} 2.0");
        }
    }
}
