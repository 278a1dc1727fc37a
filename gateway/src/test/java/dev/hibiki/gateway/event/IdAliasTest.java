package dev.hibiki.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An id has a second text where a client names it by another one. */
class IdAliasTest {
    private static final String VECTORS = "/event/ecmascript-numbers.txt";

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            nullValues = "none",
            value = {
                "9007199254741011, 9007199254741012",
                "9007199254741012, none",
                "7.0, 7",
                "7, none",
                "-7, none",
                "1e5, 100000",
                "-0, 0",
                "1e400, Infinity",
                "999999999999999, none",
                "1e-7, none",
                "1e21, 1e+21",
                "\"7.0\", none",
                "\"1e5\", none",
                "\" a b  \", ~a b~",
                "\"a \", a",
                "\" a\", a",
                "\"\u3000a\", none"
            })
    void shouldGiveTheTextByWhichAPageNamesTheId(String id, @Nullable String alias) throws Exception {
        Event event = Parsers.parse("{\"id\":" + id + "}");

        assertThat(event.alias()).isEqualTo(alias);
        assertThat(event.id()).isEqualTo(id.replace("\"", ""));
    }

    @Test
    void shouldGiveNoSecondTextToAStampedIdOrToTheNextEvent() throws Exception {
        EventParser parser = Parsers.parser();

        assertThat(parser.parse(Parsers.utf8("{\"id\":7.0}")).alias()).isEqualTo("7");
        assertThat(parser.parse(Parsers.utf8("{}")).alias()).isNull();
        assertThat(parser.parse(Parsers.utf8("{\"id\":7.0,\"id\":\"a\"}")).alias())
                .isNull();
    }

    /** Numbers at the limits, powers of two, and random ones: what a page makes of them was asked of Node. */
    @Test
    void shouldWriteNumbersAsEcmaScriptDoes() throws IOException {
        List<String> lines;
        try (InputStream vectors = Objects.requireNonNull(IdAliasTest.class.getResourceAsStream(VECTORS))) {
            lines = new String(vectors.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .toList();
        }

        assertThat(lines).hasSize(1_100).allSatisfy(line -> {
            String[] number = line.split(" ", 2);
            assertThat(IdAlias.ecmaScript(Double.parseDouble(number[0]))).isEqualTo(number[1]);
            assertThat(IdAlias.ofNumber(number[0])).isEqualTo(number[0].equals(number[1]) ? null : number[1]);
        });
    }
}
