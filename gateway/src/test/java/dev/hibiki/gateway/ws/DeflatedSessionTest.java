package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Events are deflated for clients that have agreed to it. */
class DeflatedSessionTest {
    private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final String JSON = "{\"a\":\"" + "abc".repeat(200) + "\"}";

    private final TestConnection connection = new TestConnection();

    @AfterEach
    void close() {
        connection.close();
    }

    @Test
    void shouldDeflateEventsForAClientThatAgreedToIt() {
        assertThat(connection.upgrade("/", DEFLATE))
                .contains("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
                        + " client_no_context_takeover\r\n");

        connection.publish(JSON);

        assertThat(connection.sentHex()).startsWith("c1").hasSizeLessThan(JSON.length() / 4);
        assertThat(connection.metrics.scrape()).contains("hibiki_handshakes_deflated_total 1.0");
    }

    @Test
    void shouldNotDeflateEventsForOtherClients() {
        assertThat(connection.upgrade("/")).doesNotContain("Sec-WebSocket-Extensions");

        connection.publish(JSON);

        assertThat(connection.sentHex()).startsWith("817e");
        assertThat(connection.metrics.scrape()).contains("hibiki_handshakes_deflated_total 0.0");
    }

    @Test
    void shouldAnswerWithTheWindowOfTheClient() {
        assertThat(connection.upgrade("/", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=14"))
                .contains("client_no_context_takeover; server_max_window_bits=12\r\n");

        connection.publish(JSON);
        assertThat(connection.sentHex()).startsWith("c1");
        connection.publish("{\"a\":\"" + "abc".repeat(1_400) + "\"}"); // Longer than 4,096 bytes.
        assertThat(connection.sentHex()).startsWith("817e");
    }

    @Test
    void shouldDeclineUnsuitableOffers() {
        assertThat(connection.upgrade("/", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=11"))
                .startsWith("HTTP/1.1 101 ")
                .doesNotContain("Sec-WebSocket-Extensions");
        assertThat(connection.metrics.scrape()).contains("hibiki_handshakes_deflated_total 0.0");
    }

    @Test
    void shouldRefuseAHeaderThatBreaksTheGrammar() {
        assertThat(connection.upgrade("/", "Sec-WebSocket-Extensions: permessage-deflate;"))
                .startsWith("HTTP/1.1 400 ")
                .contains("malformed Sec-WebSocket-Extensions");
    }
}
