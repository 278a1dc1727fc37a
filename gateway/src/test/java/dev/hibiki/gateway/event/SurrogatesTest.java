package dev.hibiki.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SurrogatesTest {
    private final Surrogates surrogates = new Surrogates();

    private String replaced(String json) {
        char[] text = json.toCharArray();
        surrogates.replaceLone(text, text.length);
        return new String(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a新🎉\\n",
                "\\u65b0",
                "\\ud83c\\udf89",
                "\\uD83C\\uDF89\\ud83c\\uDF89",
                "\\\\ud800",
                "\\ud80",
                "\\ud8",
                "\\u",
                "\\",
                "\\ud80g",
                "ud800"
            })
    void shouldNotChangeTextWithoutLoneSurrogates(String json) {
        assertThat(replaced(json)).isEqualTo(json);
        assertThat(surrogates.countUpTo(Long.MAX_VALUE)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "\\ud800, \\ufffd, 1",
        "\\uDFFF, \\ufffd, 1",
        "\\udc00\\ud800, \\ufffd\\ufffd, 2",
        "\\ud83c\\ud83c\\udf89\\udf89, \\ufffd\\ud83c\\udf89\\ufffd, 2",
        "\\ud83cx\\udf89, \\ufffdx\\ufffd, 2",
        "\\\\\\ud800, \\\\\\ufffd, 1",
        "\\ud800\\\\udc00, \\ufffd\\\\udc00, 1",
        "\\ud800\\udc0, \\ufffd\\udc0, 1"
    })
    void shouldReplaceAndCountLoneSurrogates(String json, String expected, int count) {
        assertThat(replaced(json)).isEqualTo(expected);
        assertThat(surrogates.countUpTo(Long.MAX_VALUE)).isEqualTo(count);
    }

    @Test
    void shouldCountEachLoneSurrogateOnceUpToAPosition() {
        assertThat(replaced("\\ud800-\\ud800-\\ud800")).isEqualTo("\\ufffd-\\ufffd-\\ufffd");

        assertThat(surrogates.countUpTo(7)).isEqualTo(1);
        assertThat(surrogates.countUpTo(8)).isEqualTo(1);
        assertThat(surrogates.countUpTo(8)).isZero();
        assertThat(surrogates.countUpTo(100)).isEqualTo(1);
    }

    @Test
    void shouldLookOnlyAtTheFirstCharacters() {
        char[] text = "\\ud800\\ud800".toCharArray();

        surrogates.replaceLone(text, 11);

        assertThat(text).isEqualTo("\\ufffd\\ud800".toCharArray());
    }
}
