package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client names the last event that it has seen, in the query or in {@code subscribe}. */
class LastIdTest {
    private static final String V1 = "Sec-WebSocket-Protocol: hibiki.v1";

    private final TestConnection connection = new TestConnection(new LogLimits(64, 32, 32));

    @AfterEach
    void close() {
        connection.close();
    }

    private void connect(String uri) {
        assertThat(connection.upgrade(uri, V1)).startsWith("HTTP/1.1 101 ");
    }

    /** @param lastId in JSON */
    private void subscribe(String lastId) {
        connection.say("{\"$\":{\"subscribe\":{\"channel\":\"other\",\"last_id\":" + lastId + "}}}");
    }

    private static String hello(String resume, String id) {
        return "{\"$\":{\"hello\":{\"resume\":\"" + resume + "\",\"id\":\"" + id + "\",\"ping_s\":25}}}";
    }

    private static String subscribed(String resume, String id) {
        return "{\"$\":{\"subscribed\":{\"channel\":\"other\",\"region\":[],\"resume\":\"" + resume + "\",\"id\":\""
                + id + "\"}}}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"last_id=", "last_id", "last_id=a%0Ab", "last_id=%ZZ", "lastEventId=%", "lastEventId=what"})
    void shouldAnswerWhatCannotBeAnIdWithAGapAndContinueLive(String lastId) {
        connection.publishId("ch", "1", null);
        connect("/?channel=ch&" + lastId);
        connection.publishId("ch", "2", null);

        assertThat(connection.sentMessages()).containsExactly(hello("gap", "1"), "2");
    }

    @Test
    void shouldRefuseAMalformedQuery() {
        assertThat(connection.upgrade("/?last_id=1&region=%ZZ", V1))
                .contains("the parameter region cannot be decoded: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "\"a\\nb\"", "[]", "[\"1\",{}]", "{\"last_id\":\"1\"}", "true"})
    void shouldAnswerASubscriptionAfterWhatCannotBeAnIdWithAGap(String lastId) {
        connection.publishId("other", "1", null);
        connect("/?channel=ch");
        assertThat(connection.sentMessages()).hasSize(1);
        subscribe(lastId);
        connection.publishId("other", "2", null);

        assertThat(connection.sentMessages()).containsExactly(subscribed("gap", "1"), "2");
    }

    @Test
    void shouldResumeASubscriptionFromANumberAsItIsWritten() {
        String number = "1".repeat(1_500) + ".0"; // Longer than Jackson takes by default; no id, but no error.
        List.of("7.0", "7").forEach(id -> connection.publishId("other", id, null));
        connect("/?channel=ch");
        assertThat(connection.sentMessages()).hasSize(1);
        subscribe("7.0");
        connection.say("{\"$\":{\"unsubscribe\":{\"channel\":\"other\"}}}");
        subscribe(number);

        assertThat(connection.sentMessages())
                .containsExactly(
                        subscribed("ok", "7.0"),
                        "7",
                        "{\"$\":{\"unsubscribed\":{\"channel\":\"other\"}}}",
                        subscribed("gap", "7"));
    }
}
