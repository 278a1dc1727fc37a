package dev.hibiki.gateway.event;

import static dev.hibiki.gateway.event.Parsers.parse;
import static dev.hibiki.gateway.event.Parsers.text;
import static dev.hibiki.gateway.event.Parsers.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An event has an id and a route by these rules. */
class EventIdentityTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "\"abc\", abc",
                "\"1718-0\", 1718-0",
                "42, 42",
                "-0.50, -0.50",
                "1e3, 1e3",
                "12345678901234567890, 12345678901234567890",
                "\"新\", 新"
            })
    void shouldKeepAnIdThatIsAStringOrNumber(String id, String expected) throws Exception {
        Event event = parse("{\"id\":" + id + ",\"title\":\"\"}");

        assertThat(text(event)).isEqualTo("{\"id\":" + id + ",\"title\":\"\"}");
        assertThat(event.id()).isEqualTo(expected);
    }

    @Test
    void shouldUseTheSourcesIdUnlessTheEventHasItsOwn() throws RejectedEventException {
        EventParser parser = Parsers.parser();

        assertThat(Parsers.text(parser.parse(Parsers.utf8("{}"), () -> "1732459-0")))
                .isEqualTo("{\"title\":\"\",\"id\":\"1732459-0\"}");
        for (String id : List.of("null", "[1]", "\"\"")) {
            assertThat(Parsers.text(parser.parse(Parsers.utf8("{\"id\":" + id + "}"), () -> "1732459-0")))
                    .isEqualTo("{\"title\":\"\",\"id\":\"1732459-0\"}");
        }
    }

    @Test
    void shouldAskForAnIdOnlyWhenTheEventHasNone() throws RejectedEventException {
        Event event = Parsers.parser().parse(utf8("{\"id\":7}"), () -> {
            throw new AssertionError("asked for an id");
        });

        assertThat(event.id()).isEqualTo("7");
    }

    @Test
    void shouldLeaveAnEventWithoutAnIdWhenTheSourceStampsIt() throws RejectedEventException {
        EventParser parser = new EventParser(new EventLimits(1024, 8), "region", "", null);

        Event event = parser.parseBatch(Parsers.utf8("[{\"id\":null}]")).get(0);

        assertThat(Parsers.text(event)).isEqualTo("{\"title\":\"\"}");
        assertThat(event.id()).isEmpty();
        assertThat(Parsers.text(parser.parseBatch(Parsers.utf8("{\"id\":[{}]}")).get(0)))
                .isEqualTo("{\"title\":\"\"}");
        assertThat(parser.parse(Parsers.utf8("{\"id\":\"a\"}")).id()).isEqualTo("a");
    }

    @Test
    void shouldStampAnIdWhenItIsMissingOrNull() throws Exception {
        assertThat(text(parse("{\"title\":\"\"}"))).isEqualTo("{\"title\":\"\",\"id\":\"e-1\"}");
        assertThat(text(parse("{\"id\":null,\"title\":\"\"}"))).isEqualTo("{\"title\":\"\",\"id\":\"e-1\"}");
        assertThat(text(parse("{\"id\":null,\"title\":\"\",\"id\":5}"))).isEqualTo("{\"title\":\"\",\"id\":5}");
        assertThat(text(parse("{\"a\":{\"id\":\"inner\"},\"title\":\"\"}")))
                .isEqualTo("{\"a\":{\"id\":\"inner\"},\"title\":\"\",\"id\":\"e-1\"}");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "true, not a string or number",
                "false, not a string or number",
                "{\"id\":1}, not a string or number",
                "~[\"x\",[{}]]~, not a string or number",
                "\"\", empty",
                "~\"  \"~, empty",
                "\"a\\nb\", a text with control characters",
                "\"\\u0000\", a text with control characters",
                "\"\\u0085\", a text with control characters",
                "\"\\u007f\", a text with control characters"
            })
    void shouldReplaceAnIdWithWhichAClientCouldNotComeBack(String id, String problem) throws Exception {
        Event event = parse("{\"id\":" + id + ",\"title\":\"\"}");

        assertThat(text(event)).isEqualTo("{\"title\":\"\",\"id\":\"e-1\"}");
        assertThat(event.id()).isEqualTo("e-1");
        assertThat(event.idProblem()).isEqualTo(problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"i", "1", "新"})
    void shouldResumeFromTheLongestAllowedIdAndFromNoLongerOne(String digit) throws Exception {
        String longest = digit.repeat(256);
        String quote = digit.equals("1") ? "" : "\"";

        assertThat(parse("{\"id\":" + quote + longest + quote + "}").id()).isEqualTo(longest);
        Event longer = parse("{\"id\":" + quote + longest + digit + quote + ",\"title\":\"\"}");
        assertThat(text(longer)).isEqualTo("{\"title\":\"\",\"id\":\"e-1\"}");
        assertThat(longer.idProblem()).isEqualTo("longer than 256 characters");
    }

    @Test
    void shouldNotComplainAboutAnIdThatIsMissingOrNullOrOfTheEventBefore() throws Exception {
        EventParser parser = Parsers.parser();

        assertThat(parser.parse(utf8("{\"id\":true}")).idProblem()).isNotNull();
        assertThat(parser.parse(utf8("{\"id\":null}")).idProblem()).isNull();
        assertThat(parser.parse(utf8("{}")).idProblem()).isNull();
        assertThat(parser.parse(utf8("{\"id\":\" a \"}")).idProblem()).isNull();
    }

    @Test
    void shouldUseTheLastOfTheIdsThatAreLeft() throws Exception {
        Event event = parse("{\"id\":\"a\",\"id\":{},\"title\":\"\"}");
        assertThat(event.id()).isEqualTo("a");
        assertThat(text(event)).isEqualTo("{\"id\":\"a\",\"title\":\"\"}");
        assertThat(parse("{\"id\":{},\"id\":\"a\"}").id()).isEqualTo("a");
        assertThat(parse("{\"id\":7.0,\"id\":\"a\",\"id\":1e5}").id()).isEqualTo("1e5");
    }

    @Test
    void shouldStillRejectAnEventWhoseIdIsNestedTooDeep() {
        String id = "[".repeat(32) + "]".repeat(32);

        assertThat(Parsers.rejected(Parsers.parser(), "{\"id\":" + id + "}").rejection())
                .isEqualTo(Rejection.TOO_DEEP);
    }

    @Test
    void shouldReplaceLoneSurrogatesInTheIdAndTheRoute() throws Exception {
        Event event = parse("{\"id\":\"\\ud800\",\"region\":\"J\\udc00\"}");

        assertThat(event.id()).isEqualTo("\uFFFD");
        assertThat(event.route()).isEqualTo("J\uFFFD");
        assertThat(event.replacedSurrogates()).isEqualTo(2);
    }

    @Test
    void shouldUseUpAnIdOnlyForAnEventThatNeedsOne() throws Exception {
        EventParser parser = Parsers.parser();

        assertThat(parser.parse(utf8("{}")).id()).isEqualTo("e-1");
        assertThat(parser.parse(utf8("{\"id\":\"own\"}")).id()).isEqualTo("own");
        assertThat(parser.parse(utf8("{}")).id()).isEqualTo("e-2");
    }

    @Test
    void shouldStampIdsThatAreUniqueAcrossEpochs() {
        Set<String> seen = new HashSet<>();
        for (EventIds ids : List.of(EventIds.newEpoch(), EventIds.newEpoch(), EventIds.newEpoch())) {
            String first = ids.next();
            assertThat(first).matches("[0-9a-z]{1,10}-1");
            assertThat(seen.add(first)).isTrue();
            assertThat(ids.next()).isEqualTo(first.substring(0, first.length() - 1) + "2");
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            nullValues = "none",
            value = {
                "\"region\":\"JP\", JP",
                "\"region\":\"\\u65e5\", 日",
                "\"region\":81, 81",
                "\"region\":1.50, 1.50",
                "\"region\":null, none",
                "\"region\":\"\", none",
                "\"region\":true, none",
                "\"region\":{\"region\":\"JP\"}, none",
                "\"region\":[\"JP\"], none",
                "\"other\":{\"region\":\"JP\"}, none",
                "\"Region\":\"JP\", none"
            })
    void shouldRouteByAStringOrNumberAtTheTopLevel(String field, @Nullable String route) throws Exception {
        assertThat(parse('{' + field + '}').route()).isEqualTo(route);
    }

    @Test
    void shouldNotKeepTheRouteOfThePreviousEvent() throws Exception {
        EventParser parser = Parsers.parser();

        assertThat(parser.parse(utf8("{\"region\":\"JP\"}")).route()).isEqualTo("JP");
        assertThat(parser.parse(utf8("{}")).route()).isNull();
    }

    @Test
    void shouldRouteByTheConfiguredField() throws Exception {
        EventParser parser = new EventParser(new EventLimits(1024, 8), "shop.id", new EventIds("e"));

        assertThat(parser.parse(utf8("{\"region\":\"JP\",\"shop.id\":7}")).route())
                .isEqualTo("7");
    }

    @Test
    void shouldRouteByTheIdWhenItIsTheConfiguredField() throws Exception {
        EventParser parser = new EventParser(new EventLimits(1024, 8), "id", new EventIds("e"));

        Event event = parser.parse(utf8("{\"id\":\"x\"}"));

        assertThat(event.route()).isEqualTo("x");
        assertThat(event.id()).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "[1]", "{\"id\":\"x\"}", "true", "null"})
    void shouldFindNoIdInAnEventThatCannotBeResumedFrom(String id) {
        assertThat(EventIds.of(utf8("{\"id\":" + id + "}"))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"abc\"",
                "\" a \"",
                "\"\\u65b0\"",
                "7",
                "7.0",
                "1e5",
                "1E+5",
                "-0",
                "-0.0",
                "9007199254741011",
                "1e400",
                "true",
                "\"\\n\"",
                "\"a\",\"id\":7.0",
                "7.0,\"id\":[]"
            })
    void shouldFindTheSameIdInTheFinalJsonAsInTheParsedEvent(String id) throws Exception {
        Event event = parse("{\"id\":" + id + ",\"a\":{\"id\":\"b\"}}");

        assertThat(EventIds.of(event.json())).isEqualTo(event.id());
    }

    @Test
    void shouldFindTheIdInAnyAcceptedEvent() throws Exception {
        EventParser parser = new EventParser(new EventLimits(1 << 20, 500), "region", new EventIds("e"));
        String deep = "[".repeat(499) + "]".repeat(499);

        Event event = parser.parse(
                utf8("{\"n\":" + "1".repeat(5_000) + ",\"" + "k".repeat(60_000) + "\":" + deep + ",\"id\":7}"));

        assertThat(EventIds.of(event.json())).isEqualTo("7");
    }
}
