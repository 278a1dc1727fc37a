package dev.hibiki.gateway.event;

import static dev.hibiki.gateway.event.Parsers.parse;
import static dev.hibiki.gateway.event.Parsers.text;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of an event keeps its meaning and gets one form. */
class EventTextTest {
    /** The event as PHP's json_encode writes it: slashes and all characters beyond ASCII are escaped. */
    private static final String PHP_ESCAPED =
            "{\"event\":\"new_trending\",\"region\":\"JP\",\"video_id\":\"dQw4w9WgXcQ\","
                    + "\"title\":\"\\u65b0\\u3057\\u3044\\u52d5\\u753b\","
                    + "\"thumbnail\":\"https:\\/\\/i.ytimg.com\\/vi\\/dQw4w9WgXcQ\\/hq.jpg\","
                    + "\"channel\":\"\\u97ff\\u30c1\\u30e3\\u30f3\\u30cd\\u30eb\",\"ts\":1718000000}";
    /** The same with JSON_UNESCAPED_UNICODE. */
    private static final String PHP_UNESCAPED = "{\"event\":\"new_trending\",\"region\":\"JP\","
            + "\"video_id\":\"dQw4w9WgXcQ\",\"title\":\"新しい動画\","
            + "\"thumbnail\":\"https:\\/\\/i.ytimg.com\\/vi\\/dQw4w9WgXcQ\\/hq.jpg\","
            + "\"channel\":\"響チャンネル\",\"ts\":1718000000}";

    private static final String DELIVERED = "{\"event\":\"new_trending\",\"region\":\"JP\","
            + "\"video_id\":\"dQw4w9WgXcQ\",\"title\":\"新しい動画\","
            + "\"thumbnail\":\"https://i.ytimg.com/vi/dQw4w9WgXcQ/hq.jpg\","
            + "\"channel\":\"響チャンネル\",\"ts\":1718000000,\"id\":\"e-1\"}";

    @ParameterizedTest
    @ValueSource(strings = {PHP_ESCAPED, PHP_UNESCAPED})
    void shouldDeliverThePhpEventInOneFormHoweverItIsEscaped(String published) throws Exception {
        Event event = parse(published);

        assertThat(text(event)).isEqualTo(DELIVERED);
        assertThat(event.id()).isEqualTo("e-1");
        assertThat(event.route()).isEqualTo("JP");
        assertThat(event.replacedSurrogates()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "新しい動画がトレンド入りしました",
                "방금 급상승한 동영상",
                "剛剛爆紅的影片",
                "刚刚爆红的视频",
                "Video vừa lên xu hướng",
                "อยู่ในกระแส",
                "अभी वायरल"
            })
    void shouldDeliverEveryScriptRawWhetherEscapedOrNot(String title) throws Exception {
        StringBuilder escaped = new StringBuilder();
        title.chars().forEach(c -> escaped.append(String.format("\\u%04x", c)));

        String expected = "{\"title\":\"" + title + "\",\"id\":\"e-1\"}";
        assertThat(text(parse("{\"title\":\"" + title + "\"}"))).isEqualTo(expected);
        assertThat(text(parse("{\"title\":\"" + escaped + "\"}"))).isEqualTo(expected);
    }

    @Test
    void shouldWriteEmojiAsFourBytesWhetherEscapedOrNot() throws Exception {
        String expected = "{\"title\":\"a🎉b\",\"id\":\"e-1\"}";

        assertThat(text(parse("{\"title\":\"a🎉b\"}"))).isEqualTo(expected);
        assertThat(text(parse("{\"title\":\"a\\ud83c\\udf89b\"}"))).isEqualTo(expected);
        assertThat(parse("{\"title\":\"🎉\"}").json()).containsSequence(0xF0, 0x9F, 0x8E, 0x89);
    }

    @Test
    void shouldWriteEmojiInNamesRaw() throws Exception {
        String expected = "{\"🎉\":1,\"title\":\"\",\"id\":\"e-1\"}";

        assertThat(text(parse("{\"🎉\":1}"))).isEqualTo(expected);
        assertThat(text(parse("{\"\\ud83c\\udf89\":1}"))).isEqualTo(expected);
    }

    @Test
    void shouldKeepEmojiWholeWhereverTheyFallInALongText() throws Exception {
        for (int before = 0; before < 40; before++) {
            String title = "x".repeat(before) + "🎉".repeat(4_000) + "新".repeat(before);

            Event event = parse("{\"title\":\"" + title + "\"}");

            assertThat(text(event)).isEqualTo("{\"title\":\"" + title + "\",\"id\":\"e-1\"}");
            assertThat(event.replacedSurrogates()).isZero();
        }
    }

    @Test
    void shouldReplaceAndCountLoneSurrogatesInValues() throws Exception {
        Event event =
                parse("{\"title\":\"a\\ud800b\\udc00\",\"x\":[\"\\udf89\\ud83c\",{\"y\":\"\\ud83c\\ud83c\\udf89\"}]}");

        assertThat(text(event))
                .isEqualTo(
                        "{\"title\":\"a\uFFFDb\uFFFD\",\"x\":[\"\uFFFD\uFFFD\",{\"y\":\"\uFFFD🎉\"}],\"id\":\"e-1\"}");
        assertThat(event.replacedSurrogates()).isEqualTo(5);
    }

    @Test
    void shouldReplaceAndCountLoneSurrogatesInNames() throws Exception {
        Event event = parse("{\"title\":\"\",\"\\ud800\":{\"\\udfffn\":1}}");

        assertThat(text(event)).isEqualTo("{\"title\":\"\",\"\uFFFD\":{\"\uFFFDn\":1},\"id\":\"e-1\"}");
        assertThat(event.replacedSurrogates()).isEqualTo(2);
    }

    @Test
    void shouldCountTheLoneSurrogatesOfEachEventAlone() throws Exception {
        EventParser parser = Parsers.parser();

        assertThat(parser.parse(Parsers.utf8("{\"title\":\"\\ud800\"}")).replacedSurrogates())
                .isEqualTo(1);
        assertThat(parser.parse(Parsers.utf8("{\"title\":\"\"}")).replacedSurrogates())
                .isZero();
    }

    @Test
    void shouldUnescapeSlashesButKeepQuotesBackslashesAndControlCharactersEscaped() throws Exception {
        Event event = parse("{\"title\":\"\\/ \\\" \\\\ \\n \\r \\t \\b \\f \\u0000 \\u001f \\u007f\"}");

        assertThat(text(event))
                .isEqualTo("{\"title\":\"/ \\\" \\\\ \\n \\r \\t \\b \\f \\u0000 \\u001F \u007f\",\"id\":\"e-1\"}");
    }

    @Test
    void shouldDropWhiteSpaceBetweenTokensAndKeepItInTexts() throws Exception {
        Event event = parse(" \r\n\t{ \"title\" : \" a  b \" ,\n \"n\" : [ 1 , 2 ] } \n");

        assertThat(text(event)).isEqualTo("{\"title\":\" a  b \",\"n\":[1,2],\"id\":\"e-1\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.10",
                "-0",
                "1e400",
                "1E+5",
                "-1.5e-7",
                "12345678901234567890",
                "123456789012345678901234567890.123456789012345678901234567890",
                "9007199254740993"
            })
    void shouldCopyNumbersDigitByDigit(String number) throws Exception {
        assertThat(text(parse("{\"title\":\"\",\"n\":" + number + ",\"deep\":[{\"n\":" + number + "}]}")))
                .isEqualTo("{\"title\":\"\",\"n\":" + number + ",\"deep\":[{\"n\":" + number + "}],\"id\":\"e-1\"}");
    }

    @Test
    void shouldCopyANumberOfManyThousandDigits() throws Exception {
        String number = "1" + "0".repeat(20_000) + "." + "5".repeat(20_000);

        assertThat(text(parse("{\"title\":\"\",\"n\":" + number + "}"))).contains("\"n\":" + number + ",");
    }

    @Test
    void shouldCopyNestedStructuresAndLiterals() throws Exception {
        String inner = "\"a\":{\"b\":[[],{},[null,true,false,\"\"]]},\"\":{\"\":[]}";

        assertThat(text(parse("{\"title\":\"\"," + inner + "}")))
                .isEqualTo("{\"title\":\"\"," + inner + ",\"id\":\"e-1\"}");
    }

    @Test
    void shouldAddATitleOnlyWhenItIsMissing() throws Exception {
        assertThat(text(parse("{}"))).isEqualTo("{\"title\":\"\",\"id\":\"e-1\"}");
        assertThat(text(parse("{\"title\":null}"))).isEqualTo("{\"title\":null,\"id\":\"e-1\"}");
        assertThat(text(parse("{\"title\":7}"))).isEqualTo("{\"title\":7,\"id\":\"e-1\"}");
        assertThat(text(parse("{\"a\":{\"title\":\"t\"}}")))
                .isEqualTo("{\"a\":{\"title\":\"t\"},\"title\":\"\",\"id\":\"e-1\"}");
    }

    @Test
    void shouldKeepDuplicateNamesInOrderSoThatABrowserTakesTheLast() throws Exception {
        Event event = parse(
                "{\"title\":\"a\",\"id\":\"1\",\"region\":\"JP\",\"title\":\"b\",\"id\":\"2\",\"region\":\"KR\"}");

        assertThat(text(event))
                .isEqualTo(
                        "{\"title\":\"a\",\"id\":\"1\",\"region\":\"JP\",\"title\":\"b\",\"id\":\"2\",\"region\":\"KR\"}");
        assertThat(event.id()).isEqualTo("2");
        assertThat(event.route()).isEqualTo("KR");
    }
}
