package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.wire.CloseCode;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A session speaks the subprotocol hibiki.v1. */
class HibikiV1ProtocolTest {
    private static final String V1 = "Sec-WebSocket-Protocol: chat, hibiki.v1";
    private static final int ROUNDS = 200;

    private final TestConnection connection = new TestConnection(new LogLimits(64, 32, 32));

    @AfterEach
    void close() {
        connection.close();
    }

    private void connect(String uri) {
        assertThat(connection.upgrade(uri, V1)).contains("\r\nSec-WebSocket-Protocol: hibiki.v1\r\n");
    }

    private void connectAndDropHello(String uri) {
        connect(uri);
        assertThat(connection.sentMessages()).hasSize(1);
    }

    private void subscribe(String parameters) {
        connection.say("{\"$\":{\"subscribe\":{" + parameters.replace('\'', '"') + "}}}");
    }

    private void unsubscribe(String channel) {
        connection.say("{\"$\":{\"unsubscribe\":{\"channel\":\"" + channel + "\"}}}");
    }

    private static String hello(String resume, String id) {
        return "{\"$\":{\"hello\":{\"resume\":\"" + resume + "\",\"id\":" + id + ",\"ping_s\":25}}}";
    }

    private static String subscribed(String channel, String regions, String resume, String id) {
        return "{\"$\":{\"subscribed\":{\"channel\":\"" + channel + "\",\"region\":" + regions + ",\"resume\":\""
                + resume + "\",\"id\":" + id + "}}}";
    }

    private static String gap(String channel, String missed) {
        return "{\"$\":{\"gap\":{\"channel\":\"" + channel + "\",\"missed\":" + missed + "}}}";
    }

    @Test
    void shouldSendHelloFirstAndThenOnlyEvents() {
        connect("/");
        connection.publishId("ch", "1", null);

        assertThat(connection.sentMessages()).containsExactly(hello("new", "null"), "1");
    }

    @Test
    void shouldSendTheLastIdBeforeTheFirstEvent() {
        connection.publishId("ch", "0", null);
        connect("/");

        assertThat(connection.sentMessages()).containsExactly(hello("new", "\"0\""));
    }

    @Test
    void shouldSendNoControlMessagesWithoutTheSubprotocol() {
        assertThat(connection.upgrade("/", "Sec-WebSocket-Protocol: hibiki.v2, chat"))
                .doesNotContain("Sec-WebSocket-Protocol");
        connection.hub.gap(connection.hub.channels().entries().get(0), 3);
        connection.say("{\"$\":{\"subscribe\":{\"channel\":\"nowhere\"}}}");

        assertThat(connection.sentHex()).isEmpty();
    }

    @Test
    void shouldResumeFromTheLastIdOfTheQuery() {
        List.of("1", "2", "3").forEach(id -> connection.publishId("ch", id, null));
        connect("/?last_id=1");
        connection.channel.runPendingTasks();
        connection.publishId("ch", "4", null);

        assertThat(connection.sentMessages()).containsExactly(hello("ok", "\"1\""), "2", "3", "4");
    }

    @Test
    void shouldResumeWithoutTheSubprotocolToo() {
        List.of("1", "2", "3").forEach(id -> connection.publishId("ch", id, null));
        connection.upgrade("/?last_id=2");
        connection.channel.runPendingTasks();

        assertThat(connection.sentMessages()).containsExactly("3");
    }

    @Test
    void shouldAnswerAnUnknownIdWithAGapAndContinueLive() {
        connection.publishId("ch", "1", null);
        connect("/?last_id=what");
        connection.publishId("ch", "2", null);

        assertThat(connection.sentMessages()).containsExactly(hello("gap", "\"1\""), "2");
    }

    @Test
    void shouldReportAGapBetweenTheEventsWhereItIs() {
        connect("/");
        connection.publishId("ch", "1", null);
        connection.hub.gap(connection.hub.channels().entries().get(0), 12);
        connection.hub.gap(connection.hub.channels().entries().get(1), -1);
        connection.publishId("ch", "2", null);

        assertThat(connection.sentMessages())
                .containsExactly(hello("new", "null"), "1", gap("ch", "12"), gap("other", "null"), "2");
    }

    @Test
    void shouldReportHowManyEventsItSkipsOnAnOverrun() {
        connectAndDropHello("/?channel=ch");
        connection.busy(true);
        for (int i = 0; i < ROUNDS; i++) {
            connection.publishId("ch", "e" + i, null);
        }
        connection.busy(false);
        connection.publishId("ch", "last", null);

        List<String> messages = connection.sentMessages();
        assertThat(messages.get(0)).isEqualTo(gap("ch", Integer.toString(ROUNDS - (messages.size() - 2))));
        assertThat(messages).endsWith("e" + (ROUNDS - 1), "last");
    }

    @Test
    void shouldAnswerASubscribeBeforeTheFirstEventOfTheNewTopics() {
        connectAndDropHello("/?channel=ch");
        connection.publishId("other", "0", null);
        subscribe("'channel':'other'");
        connection.publishId("other", "1", null);
        connection.publishId("ch", "2", null);

        assertThat(connection.sentMessages()).containsExactly(subscribed("other", "[]", "new", "\"0\""), "1", "2");
    }

    @Test
    void shouldUnsubscribe() {
        connectAndDropHello("/");
        unsubscribe("other");
        connection.publishId("other", "1", null);
        connection.publishId("ch", "2", null);

        assertThat(connection.sentMessages())
                .containsExactly("{\"$\":{\"unsubscribed\":{\"channel\":\"other\"}}}", "2");
    }

    @Test
    void shouldSendNothingWithoutTopicsAndContinueWithNewOnes() {
        connectAndDropHello("/?channel=ch");
        unsubscribe("ch");
        connection.publishId("ch", "1", null);
        subscribe("'channel':'ch','region':['JP']");
        connection.publishId("ch", "2", "JP");
        connection.publishId("ch", "3", "KR");

        assertThat(connection.sentMessages())
                .containsExactly(
                        "{\"$\":{\"unsubscribed\":{\"channel\":\"ch\"}}}",
                        subscribed("ch", "[\"JP\"]", "new", "\"1\"").replace("\"1\"", "null"),
                        "2");
    }

    @Test
    void shouldChangeRegionsWithoutAGapOrADuplicate() {
        connectAndDropHello("/?channel=ch&region=JP");
        connection.busy(true);
        connection.publishId("ch", "1", "JP");
        connection.publishId("ch", "2", "KR");
        subscribe("'channel':'ch'");
        connection.publishId("ch", "3", "JP");
        connection.busy(false);
        subscribe("'channel':'ch','region':'KR'");
        connection.publishId("ch", "4", "JP");
        connection.publishId("ch", "5", "KR");

        assertThat(connection.sentMessages())
                .filteredOn(message -> !message.startsWith("{"))
                .containsExactly("1", "2", "3", "5");
    }

    @Test
    void shouldResumeASubscriptionFromItsOwnId() {
        List.of("1", "2", "3").forEach(id -> connection.publishId("other", id, null));
        connectAndDropHello("/?channel=ch");
        subscribe("'channel':'other','last_id':'1'");
        subscribe("'channel':'ch','last_id':'elsewhere'");

        assertThat(connection.sentMessages())
                .startsWith(subscribed("other", "[]", "ok", "\"1\""))
                .contains("2", "3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hello|malformed",
                "{}|malformed",
                "{\"$\":1}|malformed",
                "{\"$\":{\"auth\":{}}}|malformed",
                "{\"$\":{\"subscribe\":{}}}|malformed",
                "{\"$\":{\"subscribe\":{\"channel\":1}}}|malformed",
                "{\"$\":{\"subscribe\":{\"channel\":\"ch\",\"region\":[1]}}}|malformed",
                "{\"$\":{\"subscribe\":{\"channel\":\"ch\"}},\"a\":1}|malformed",
                "{\"$\":{\"subscribe\":{\"channel\":\"nowhere\"}}}|unknown_channel",
                "{\"$\":{\"unsubscribe\":{\"channel\":\"nowhere\"}}}|refused"
            })
    void shouldAnswerAnInvalidMessageWithAnErrorAndContinue(String message, String code) {
        connectAndDropHello("/?channel=ch");
        connection.say(message);
        connection.publishId("ch", "1", null);

        List<String> sent = connection.sentMessages();
        assertThat(sent).hasSize(2).endsWith("1");
        assertThat(sent.get(0)).startsWith("{\"$\":{\"error\":{\"code\":\"" + code + "\",\"message\":\"");
    }

    @Test
    void shouldCloseAClientThatDoesNotReadTheAnswers() {
        connectAndDropHello("/");
        connection.busy(true);
        for (int i = 0; i < 2_000 && connection.channel.isOpen(); i++) {
            connection.say("{\"$\":{\"subscribe\":{\"channel\":\"nowhere\"}}}");
        }

        assertThat(connection.metrics.scrape()).contains("hibiki_closes_total{reason=\"1008\"} 1.0");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSendNothingAfterItsClose(boolean told) {
        connectAndDropHello("/");
        connection.busy(true);
        if (told) {
            connection.say("{\"$\":{\"subscribe\":{\"channel\":\"nowhere\"}}}");
        }
        connection.receive(TestConnection.ping("late"));
        connection.sessions.endAll(CloseCode.POLICY);
        connection.busy(false);

        String sent = connection.sentHex();
        assertThat(sent).endsWith(TestConnection.closeHex(1008, "policy violation"));
        assertThat(sent.contains(TestConnection.hex("unknown_channel"))).isEqualTo(told);
    }

    @Test
    void shouldSendTheRetryTimeBeforeTheClose() {
        connectAndDropHello("/");
        connection.sessions.endAll(CloseCode.RESTARTING);
        connection.channel.runPendingTasks();

        assertThat(connection.sentMessages())
                .containsExactly("{\"$\":{\"bye\":{\"code\":1012,\"retry_ms\":[500,8000]}}}");
    }
}
