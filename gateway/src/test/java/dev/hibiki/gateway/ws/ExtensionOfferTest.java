package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExtensionOfferTest {
    /** The parsed offers, written without blanks and quotes. */
    private static String parsed(String... lines) throws Exception {
        return ExtensionOffer.parse(List.of(lines)).stream()
                .map(ExtensionOfferTest::text)
                .collect(Collectors.joining(","));
    }

    private static String text(ExtensionOffer offer) {
        return offer.name()
                + offer.parameters().stream()
                        .map(parameter ->
                                ';' + parameter.name() + (parameter.value() == null ? "" : '=' + parameter.value()))
                        .collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "a                     | a",
                "a;b                   | a;b",
                "a;b=c                 | a;b=c",
                "a ; b = c             | a;b=c",
                "a;b=\"c\"             | a;b=c",
                "a;b=\"\\c\\d\"        | a;b=cd",
                "a;b=\"c\" ; d         | a;b=c;d",
                "a,b                   | a,b",
                "a;b=1 , c;d=\"2\";e,f | a;b=1,c;d=2;e,f",
                "a;b;b=1               | a;b;b=1",
                "',a,,b, '             | a,b",
                "''                    | ''",
                "'\ta\t;\tb\t'         | a;b",
            })
    void shouldReadOffersThatTheGrammarAllows(String line, String expected) throws Exception {
        assertThat(parsed(line)).isEqualTo(expected);
    }

    @Test
    void shouldReadEveryCharacterOfATokenInAnOffer() throws Exception {
        String token = "!#$%&'*+-.^_`|~09AZaz";

        assertThat(parsed(token + ';' + token + '=' + token)).isEqualTo(token + ';' + token + '=' + token);
    }

    @Test
    void shouldReadSeveralHeadersAsOne() throws Exception {
        assertThat(parsed("a;b", "", "c,d")).isEqualTo("a;b,c,d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ";",
                "a;",
                "a;;b",
                "a;b=",
                "a;b=,c",
                "a;=c",
                "=",
                "a=b",
                "a b",
                "a;b c",
                "a;b=c d",
                "a;b=\"",
                "a;b=\"c",
                "a;b=\"\"",
                "a;b=\"c d\"",
                "a;b=\"c,d\"",
                "a;b=\"c\"d",
                "a;b=\"c\\\"",
                "a;b=\"\\\"\"",
                "\"a\"",
                "a;\"b\"",
                "(a)",
                "a/b",
                "a;b=c=d",
                "a;b=[c]",
                "新",
                "a;b=\u00e9",
                "a\u0001",
                "a;b=\"\u007f\"",
                "a{",
                "a,;",
            })
    void shouldRefuseOffersThatBreakTheGrammar(String line) {
        assertThatThrownBy(() -> parsed("fine", line)).isInstanceOf(ExtensionOffer.MalformedException.class);
    }
}
