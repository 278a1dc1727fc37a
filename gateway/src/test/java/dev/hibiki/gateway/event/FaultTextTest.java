package dev.hibiki.gateway.event;

import static dev.hibiki.gateway.event.Parsers.parser;
import static dev.hibiki.gateway.event.Parsers.rejected;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A publisher reads in plain words what is wrong, where, and what to do. */
class FaultTextTest {
    /** In the table, ␊ is a line feed and ␉ a tab. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'a':1} | a single quote at byte 1 (expected: a name in double quotes)",
                "{\"a\":'x'} | a single quote at byte 5 (expected: a text in double quotes",
                "{\"a\":1,} | } after a comma at byte 7 (expected: no comma after the last member)",
                "{\"a\":[1,]} | ] after a comma at byte 8 (expected: no comma after the last element)",
                "{,} | the character , at byte 1 (expected: a name in double quotes)",
                "{\"a\":/* c */1} | a comment at byte 5 (JSON has no comments)",
                "// c␊{\"a\":1} | a comment at byte 0 (JSON has no comments)",
                "# c␊{\"a\":1} | a comment at byte 0 (JSON has no comments)",
                "{\"a\":NaN} | the word NaN at byte 5 (expected: a text in double quotes, a number",
                "{\"a\":Infinity} | the word Infinity at byte 5 (expected: ",
                "{\"a\":-Infinity} | a minus without a number at byte 6 (expected: a digit after it)",
                "{\"a\":None} | the word None at byte 5 (expected: a text in double quotes",
                "{\"a\":True} | the word True at byte 5 (expected: true)",
                "{\"a\":tru} | the word tru at byte 5 (expected: ",
                "{\"a\":01} | a number that begins with 0 at byte 5 (expected: 7, not 07; put it in double quotes",
                "{\"a\":+1} | a number that begins with + at byte 5 (expected: 1, not +1)",
                "{\"a\":.5} | a number that begins with . at byte 5 (expected: 0.5, not .5)",
                "{\"a\":1.} | a number without a digit after its point at byte 7 (expected: 1.0, not 1.)",
                "{\"a\":1e} | a number without a digit in its exponent at byte 7 (expected: 1e5, not 1e)",
                "{\"a\":\"␉\"} | a control character (U+0009) in a text at byte 6 (expected: \\t instead of it",
                "{\"a\":\"新␊\"} | a control character (U+000A) in a text at byte 9 (expected: \\n instead of it",
                "{\"a\":\"\\x\"} | a backslash in a text at byte 6 (expected after it: one of",
                "{\"a\":\"\\u12g4\"} | a backslash in a text at byte 6 (expected after it: one of",
                "{a:1} | the name a without quotes at byte 1 (expected: \"a\" in double quotes)",
                "{\"a\" 1} | the character 1 at byte 5 (expected: a colon after the name)",
                "{\"a\":1 \"b\":2} | the character \" at byte 7 (expected: a comma or } after the value)",
                "{\"a\":[1}} | the character } at byte 7 (expected: ])",
                "{\"a\":1]} | the character ] at byte 6 (expected: })",
                "{\"a\": | the JSON ends too early at byte 5 (expected: } at its end)",
                "{\"a\":[1 | the JSON ends too early at byte 7 (expected: ] at its end)",
                "{\"a\":\"b | the JSON ends inside a text at byte 7 (expected: \" at the end of the text)",
                "{\"a\":1} x | more text after the end of the JSON at byte 8 (expected: one JSON value",
                "{\"a\":1}{\"a\":2} | more text after the end of the JSON at byte 7 (expected: one JSON value",
                "{␊\"新\":1,␊ b:2} | the name b without quotes at byte 12, line 3 column 2 (expected: \"b\"",
                "hello world | the word hello at byte 0 (expected: a text in double quotes",
                "trending | the word trending at byte 0 (expected: ",
                "新しい動画 | the word 新しい動画 at byte 0 (expected: ",
                "event=new_trending | this is a form (name=value): send the JSON itself",
                "event=%7B%22a%22%3A1%7D&x=1 | this is a form (name=value): send the JSON itself",
                "a:1:{s:5:\"event\";s:1:\"x\";} | this is PHP's serialize(): publish the result of json_encode()",
                "s:4:\"text\"; | this is PHP's serialize(): publish the result of json_encode()",
                "O:8:\"stdClass\":0:{} | this is PHP's serialize(): publish the result of json_encode()",
                "<event/> | this is XML or HTML: publish JSON instead",
                "%7B%22event%22%3A1%7D | this is percent-encoded: send the JSON itself, as curl -d does",
                "------------------------d74496d66958873e␊Content-Disposition: form-data; name=\"e\"␊␊{} | this is a form"
                        + " (multipart): send the JSON itself",
            })
    void shouldSayWhatIsWrongWhereAndWhatToDo(String published, String expected) {
        RejectedEventException e =
                rejected(parser(), published.replace('␊', '\n').replace('␉', '\t'));

        assertThat(e.rejection()).isEqualTo(Rejection.NOT_JSON);
        assertThat(e)
                .message()
                .startsWith(expected)
                .doesNotContain("\n", "Json", "code ", "token")
                .hasSizeLessThan(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[1] | an event is a JSON object, this is an array",
                "[{}] | an event is a JSON object, this is an array",
                "\"text\" | an event is a JSON object, this is a text",
                "\"{\\\"event\\\":1}\" | an event is a JSON object, this is a text that holds JSON: it was encoded twice, so"
                        + " encode it once",
                "1 | an event is a JSON object, this is a number",
                "1.5 | an event is a JSON object, this is a number",
                "true | an event is a JSON object, this is true",
                "false | an event is a JSON object, this is false",
                "null | an event is a JSON object, this is null",
                "~~ | the event is empty (expected: a JSON object; PHP sends nothing when json_encode() returned false:"
                        + " json_last_error_msg() says why)",
                "~  ~ | the event is empty (expected: a JSON object; PHP sends nothing when json_encode() returned false:"
                        + " json_last_error_msg() says why)",
            })
    void shouldSayWhatIsThereInsteadOfAnObject(String published, String expected) {
        RejectedEventException e = rejected(parser(), published);

        assertThat(e.rejection()).isEqualTo(Rejection.NOT_OBJECT);
        assertThat(e).hasMessage(expected);
    }

    @Test
    void shouldNotRepeatALongText() {
        assertThat(rejected(parser(), "x".repeat(50_000))).message().hasSizeLessThan(200);
        assertThat(rejected(parser(), "{\"a\":1," + "b".repeat(50_000)))
                .message()
                .hasSizeLessThan(200);
    }

    /** Whatever the parser refuses has a place and a reason here, so that its own words are never needed. */
    @Test
    void shouldFindAFaultInEachBeginningOfAnEvent() {
        String event = "{\"a\":[1,-2.5e+3,true,null,\"\\u65b0\\n\"],\"b\":{\"c\":[{}],\"d\":[]}}";

        assertThat(JsonFault.find(event)).isNull();
        for (int length = 1; length < event.length(); length++) {
            assertThat(JsonFault.find(event.substring(0, length)))
                    .as(event.substring(0, length))
                    .isNotNull();
        }
    }
}
