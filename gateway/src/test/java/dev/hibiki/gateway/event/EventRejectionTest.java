package dev.hibiki.gateway.event;

import static dev.hibiki.gateway.event.Parsers.nested;
import static dev.hibiki.gateway.event.Parsers.parser;
import static dev.hibiki.gateway.event.Parsers.rejected;
import static dev.hibiki.gateway.event.Parsers.text;
import static dev.hibiki.gateway.event.Parsers.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventRejectionTest {
    private static final int MAX_BYTES = 64;

    @Test
    void shouldAcceptTheLargestEventAndRejectOneByteMore() throws Exception {
        String shell = "{\"title\":\"\"}";
        String largest = "{\"title\":\"" + "x".repeat(MAX_BYTES - shell.length()) + "\"}";
        EventParser parser = parser(MAX_BYTES, 8);

        assertThat(parser.parse(utf8(largest)).id()).isEqualTo("e-1");
        RejectedEventException e = rejected(parser, largest + ' ');
        assertThat(e.rejection()).isEqualTo(Rejection.TOO_LARGE);
        assertThat(e).hasMessage("65 bytes (expected: at most 64; --max-event-bytes)");
    }

    @Test
    void shouldCountBytesRatherThanCharacters() {
        assertThat(rejected(parser(MAX_BYTES, 8), "{\"title\":\"" + "新".repeat(20) + "\"}"))
                .hasMessage("72 bytes (expected: at most 64; --max-event-bytes)");
    }

    @Test
    void shouldAcceptTheDeepestEventAndRejectOneLevelMore() throws Exception {
        EventParser parser = parser(1024, 5);

        assertThat(text(parser.parse(utf8(nested(5))))).startsWith("{\"a\":[[[[]]]],");
        for (String tooDeep : List.of(nested(6), nested(7), nested(400))) {
            RejectedEventException e = rejected(parser, tooDeep);
            assertThat(e.rejection()).isEqualTo(Rejection.TOO_DEEP);
            assertThat(e).hasMessage("nested deeper than 5 levels");
        }
    }

    @Test
    void shouldCountOnlyOpenObjectsAndArraysAsDepth() throws Exception {
        EventParser parser = parser(1024, 3);

        assertThat(parser.parse(utf8("{\"a\":[{}],\"b\":{\"c\":{},\"d\":[]},\"e\":[[],[],[]]}"))
                        .id())
                .isEqualTo("e-1");
        assertThat(rejected(parser, "{\"a\":[{\"b\":[]}]}").rejection()).isEqualTo(Rejection.TOO_DEEP);
    }

    @ParameterizedTest
    @CsvSource({
        "c080, overlong NUL",
        "c1bf, overlong DEL",
        "e08080, overlong in three bytes",
        "f0808080, overlong in four bytes",
        "eda080, an encoded high surrogate",
        "edb080, an encoded low surrogate",
        "eda0bdedb889, a surrogate pair as in CESU-8",
        "e696, truncated before the quote",
        "80, a continuation without a start",
        "ff, never valid",
        "f4908080, beyond U+10FFFF"
    })
    void shouldRejectMalformedUtf8AndSayWhere(String hex, String what) {
        byte[] bad = HexFormat.of().parseHex(hex);
        byte[] published = concat(utf8("{\"title\":\""), bad, utf8("\"}"));

        RejectedEventException e = rejected(parser(), published);

        assertThat(e.rejection()).as(what).isEqualTo(Rejection.INVALID_UTF8);
        assertThat(e).as(what).message().startsWith("not UTF-8 at byte 10").doesNotContain("probably");
    }

    @Test
    void shouldRejectUtf8ThatIsCutOffAtTheEnd() {
        byte[] whole = utf8("{\"title\":\"新");

        RejectedEventException e = rejected(parser(), Arrays.copyOf(whole, whole.length - 1));

        assertThat(e.rejection()).isEqualTo(Rejection.INVALID_UTF8);
        assertThat(e).hasMessage("the text ends in the middle of a character, at byte 10: publish all of its bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"$\":1}", "{\"$\":{\"bye\":{}}}", "{\"\\u0024\":null}"})
    void shouldRejectAnEventThatLooksLikeAControlMessage(String published) {
        RejectedEventException e = rejected(parser(), published);

        assertThat(e.rejection()).isEqualTo(Rejection.RESERVED_KEY);
        assertThat(e).hasMessage("the only key is \"$\", which marks a control message");
    }

    @Test
    void shouldAcceptADollarKeyAmongOthers() throws Exception {
        assertThat(text(parser().parse(utf8("{\"$\":1,\"title\":\"\"}"))))
                .isEqualTo("{\"$\":1,\"title\":\"\",\"id\":\"e-1\"}");
    }

    @Test
    void shouldParseOnAfterEveryKindOfRejection() throws Exception {
        EventParser parser = parser(MAX_BYTES, 3);
        List<byte[]> bad = List.of(
                utf8("{\"a\":[1,{\"b\":\"text"),
                utf8("[1]"),
                utf8("{\"title\":\"" + "x".repeat(MAX_BYTES) + "\"}"),
                utf8(nested(9)),
                concat(utf8("{\"title\":\""), new byte[] {(byte) 0xC0, (byte) 0x80}),
                utf8("{\"$\":1}"));
        for (byte[] bytes : bad) {
            assertThat(rejected(parser, bytes)).isNotNull();

            Event event = parser.parse(utf8("{\"title\":\"新\",\"id\":\"own\"}"));
            assertThat(text(event)).isEqualTo("{\"title\":\"新\",\"id\":\"own\"}");
            assertThat(event.route()).isNull();
        }
    }

    /** Jackson hashes a name with h * 33 + c: "aB" and "b!" collide, and so do all sequences of them. */
    @Test
    void shouldAcceptAnEventWithCollidingNames() throws Exception {
        StringBuilder json = new StringBuilder("{\"title\":\"\"");
        for (int i = 0; i < 512; i++) {
            json.append(",\"");
            for (int bit = 0; bit < 9; bit++) {
                json.append((i >> bit & 1) == 0 ? "aB" : "b!");
            }
            json.append("\":0");
        }
        EventParser parser = parser(64 * 1024, 8);

        assertThat(text(parser.parse(utf8(json + "}")))).isEqualTo(json + ",\"id\":\"e-1\"}");
        assertThat(text(parser.parse(utf8("{\"title\":\"\"}")))).isEqualTo("{\"title\":\"\",\"id\":\"e-2\"}");
    }

    private static byte[] concat(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        byte[] whole = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }
}
