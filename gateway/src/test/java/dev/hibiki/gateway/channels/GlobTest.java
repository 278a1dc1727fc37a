package dev.hibiki.gateway.channels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource({
        "news, news",
        "*, anything",
        "news.*, news.",
        "news.*, news.jp.tokyo",
        "*:trending, topvideohub:trending",
        "a*b*c, aXbXXbc",
        "**, x",
        "h?llo, hello",
        "h???llo, h新llo",
        "h[新][新][新]llo, h新llo",
        "'', ''",
        "a**, a",
        "[\\a-z], -",
        "[\\a-z], z",
        "[\\a-z], a",
        "[z-\\a], z",
        "h[ae]llo, hallo",
        "h[a-c]llo, hbllo",
        "h[c-a]llo, hbllo",
        "h[^e]llo, hallo",
        "[a-], a",
        "h\\*llo, h*llo",
        "h\\?llo, h?llo",
        "\\[a\\], [a]",
        "[\\]], ]",
        "[\\^a], ^",
        "[a^], ^",
        "a\\, a\\",
        "h[a, ha",
        "h[^a, hb"
    })
    void shouldMatchWhereRedisMatches(String pattern, String text) {
        assertThat(Glob.matches(pattern, text)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "news, News",
        "news, news1",
        "news1, news",
        "'', a",
        "news.*, news",
        "h?llo, hllo",
        "h[ae]llo, hillo",
        "h[^e]llo, hello",
        "h[a-c]llo, hdllo",
        "h[a-c]llo, hllo",
        "h\\*llo, hello",
        "[], a",
        "[]a, a",
        "*a, ab",
        "a*b*c, aXbXX",
        "[a, b",
        "?, ''",
        "*, ''",
        "**, ''",
        "h?llo, h新llo",
        "新, 斱",
        "[\\a-z], b",
        "a[, a"
    })
    void shouldNotMatchWhereRedisDoesNot(String pattern, String text) {
        assertThat(Glob.matches(pattern, text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldAgreeWithAnEquivalentRegularExpression(long seed) {
        Random random = new Random(seed);
        int matches = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder glob = new StringBuilder();
            StringBuilder regex = new StringBuilder();
            int parts = random.nextInt(6);
            for (int part = 0; part < parts; part++) {
                appendPart(random, glob, regex);
            }
            String text = randomText(random);
            boolean expected = (!text.isEmpty() || glob.isEmpty())
                    && Pattern.compile(regex.toString(), Pattern.DOTALL)
                            .matcher(text)
                            .matches();
            assertThat(Glob.matches(glob.toString(), text))
                    .as("%s on %s", glob, text)
                    .isEqualTo(expected);
            matches += expected ? 1 : 0;
        }
        assertThat(matches).isGreaterThan(1_000);
    }

    /** With a try of its own for each star, this takes longer than the test may. */
    @Test
    void shouldTakeTimeThatGrowsWithTheProductOfTheLengthsOnly() {
        assertThat(Glob.matches("live:*:*:*:*:*:*:*:*:score", "live:" + ":".repeat(4_000)))
                .isFalse();
        assertThat(Glob.matches("*a".repeat(250) + "b", "a".repeat(4_000))).isFalse();
        assertThat(Glob.matches("*" + "[^b]".repeat(100) + "b*", "a".repeat(4_000)))
                .isFalse();
    }

    private static void appendPart(Random random, StringBuilder glob, StringBuilder regex) {
        char letter = (char) ('a' + random.nextInt(3));
        char other = (char) ('a' + random.nextInt(3));
        switch (random.nextInt(8)) {
            case 0 -> both(glob, "*", regex, ".*");
            case 1 -> both(glob, "?", regex, ".");
            case 2 -> both(glob, "[" + letter + other + "]", regex, "[" + letter + other + "]");
            case 3 -> both(glob, "[^" + letter + other + "]", regex, "[^" + letter + other + "]");
            case 4 -> {
                char low = (char) Math.min(letter, other);
                char high = (char) Math.max(letter, other);
                both(glob, "[" + letter + "-" + other + "]", regex, "[" + low + "-" + high + "]");
            }
            case 5 -> both(glob, "\\*", regex, "\\*");
            default -> both(glob, String.valueOf(letter), regex, String.valueOf(letter));
        }
    }

    private static void both(StringBuilder glob, String globPart, StringBuilder regex, String regexPart) {
        glob.append(globPart);
        regex.append(regexPart);
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(6);
        for (int i = 0; i < length; i++) {
            text.append("aaabbbc*".charAt(random.nextInt(8)));
        }
        return text.toString();
    }
}
