package dev.hibiki.gateway.event;

import static dev.hibiki.gateway.event.Parsers.nested;
import static dev.hibiki.gateway.event.Parsers.parser;
import static dev.hibiki.gateway.event.Parsers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The body of a publish request is one event or an array of events. */
class EventBatchTest {
    private static final int MAX_BYTES = 128;
    private static final int MAX_DEPTH = 4;
    private final EventParser parser = parser(MAX_BYTES, MAX_DEPTH);

    private RejectedEventException rejected(String body) {
        return catchThrowableOfType(RejectedEventException.class, () -> parser.parseBatch(utf8(body)));
    }

    @Test
    void shouldParseOneEvent() throws Exception {
        assertThat(parser.parseBatch(utf8("{\"title\":\"\\u65b0\"}")))
                .extracting(Parsers::text)
                .containsExactly("{\"title\":\"新\",\"id\":\"e-1\"}");
    }

    @Test
    void shouldParseAnArrayOfEventsInOrder() throws Exception {
        assertThat(parser.parseBatch(utf8(" [ {\"id\":7} , {\"region\":\"JP\"}, {} ] ")))
                .extracting(Parsers::text)
                .containsExactly(
                        "{\"id\":7,\"title\":\"\"}",
                        "{\"region\":\"JP\",\"title\":\"\",\"id\":\"e-1\"}",
                        "{\"title\":\"\",\"id\":\"e-2\"}");
    }

    @Test
    void shouldParseAnEmptyArrayAsNoEvents() throws Exception {
        assertThat(parser.parseBatch(utf8("[]"))).isEmpty();
    }

    @Test
    void shouldAcceptABodyOverTheEventLimitWhenEachEventIsWithinIt() throws Exception {
        assertThat(parser.parseBatch(utf8("[" + "{\"title\":\"0123456789\"},".repeat(99) + "{}]")))
                .hasSize(100);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "~[{},1]~, NOT_OBJECT, ~element 1: an event is a JSON object, this is a number~",
                "~[[]]~, NOT_OBJECT, ~element 0: an event is a JSON object, this is an array~",
                "~[{},{},null]~, NOT_OBJECT, ~element 2: an event is a JSON object, this is null~",
                "~7~, NOT_OBJECT, ~an event is a JSON object, this is a number~",
                "~~, NOT_OBJECT, the event is empty (expected: a JSON object; PHP sends nothing when json_encode() returned"
                        + " false: json_last_error_msg() says why)",
                "~[{},{\"$\":1}]~, RESERVED_KEY, ~element 1: the only key is \"$\", which marks a control message~",
                "~{\"$\":1}~, RESERVED_KEY, ~the event: the only key is \"$\", which marks a control message~",
            })
    void shouldNameTheElementThatIsNotAnEvent(String body, Rejection rejection, String message) {
        RejectedEventException e = rejected(body);

        assertThat(e.rejection()).isEqualTo(rejection);
        assertThat(e).hasMessage(message);
    }

    @Test
    void shouldNameTheElementThatIsTooDeep() throws Exception {
        assertThat(parser.parseBatch(utf8("[{}," + nested(MAX_DEPTH) + "]"))).hasSize(2);
        for (int depth : new int[] {MAX_DEPTH + 1, MAX_DEPTH + 2, MAX_DEPTH + 9}) {
            RejectedEventException e = rejected("[{}," + nested(depth) + "]");
            assertThat(e.rejection()).isEqualTo(Rejection.TOO_DEEP);
            assertThat(e).hasMessage("element 1: nested deeper than 4 levels");
        }
    }

    @Test
    void shouldNameTheElementThatIsTooLarge() {
        RejectedEventException e = rejected("[{},{\"id\":1,\"title\":\"" + "x".repeat(110) + "\"}]");

        assertThat(e.rejection()).isEqualTo(Rejection.TOO_LARGE);
        assertThat(e).hasMessage("element 1: 129 bytes (expected: at most 128; --max-event-bytes)");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "~\"id\":1,\"title\":\"~, ~\"~",
                "~\"id\":1,\"title\":\"\",\"~, ~\":0~",
                "~\"id\":1,\"title\":\"\",\"n\":~, ~~"
            })
    void shouldRejectAnEventWithOneTooLargeTextNameOrNumberAsTooLarge(String before, String after) {
        for (String body : new String[] {"{%s}", "[{%s}]"}) {
            RejectedEventException e = rejected(body.formatted(before + "7".repeat(10 * MAX_BYTES) + after));
            assertThat(e.rejection()).isEqualTo(Rejection.TOO_LARGE);
            assertThat(e).message().endsWith(" bytes (expected: at most 128; --max-event-bytes)");
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {"~[{}~", "~[{},]~", "~[{}]]~", "~[{}] x~", "~{} {}~", "~[{\"a\":}]~", "~[{}{}]~", "~[{},{\"a\"~"})
    void shouldRejectABodyThatIsNotJsonAndSayWhere(String body) {
        RejectedEventException e = rejected(body);

        assertThat(e.rejection()).isEqualTo(Rejection.NOT_JSON);
        assertThat(e).message().containsPattern("at byte \\d+");
    }

    @Test
    void shouldCountTheLoneSurrogatesOfEachEvent() throws Exception {
        assertThat(parser.parseBatch(utf8("[{\"a\":\"\\ud800\"},{},{\"\\udc00\":\"\\udc00\"}]")))
                .extracting(Event::replacedSurrogates)
                .containsExactly(1, 0, 2);
    }

    @Test
    void shouldRejectMalformedUtf8() {
        byte[] body = utf8("[{\"a\":\"?\"}]");
        body[7] = (byte) 0xFF;

        RejectedEventException e = catchThrowableOfType(RejectedEventException.class, () -> parser.parseBatch(body));

        assertThat(e.rejection()).isEqualTo(Rejection.INVALID_UTF8);
        assertThat(e).message().startsWith("not UTF-8 at byte 7");
    }

    @Test
    void shouldParseOnAfterARejection() throws Exception {
        assertThat(rejected("[{\"region\":\"JP\"},{\"a\":[[[")).isNotNull();

        assertThat(parser.parseBatch(utf8("[{\"id\":1}]")))
                .extracting(Parsers::text)
                .containsExactly("{\"id\":1,\"title\":\"\"}");
    }
}
