package dev.hibiki.gateway.channels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Compares with Redis: which of its keys match a pattern, it answers to KEYS. */
@ExtendWith(RedisExtension.class)
final class GlobIT {
    private static final int PATTERNS = LongRun.setting("hibiki.test.patterns", 1_500, 50_000);
    private static final int KEYS = 400;
    /** What means something in a pattern is there twice. The last two differ in their last byte only. */
    private static final String ALPHABET = "**??[[]]^^--\\\\\\\\abcz*?[]^-\\éÿ新斱";

    private static String random(Random random, int maxCharacters) {
        int length = random.nextInt(maxCharacters + 1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }

    @Test
    void shouldMatchWhatRedisMatches(RedisFixture redis) {
        Random random = new Random(7);
        Set<String> keys = new TreeSet<>();
        keys.addAll(List.of("", "a", "-", "z", "b", "]", "^", "\\", "é"));
        while (keys.size() < KEYS) {
            keys.add(random(random, 5));
        }
        List<String> mset = new ArrayList<>(List.of("MSET"));
        keys.forEach(key -> mset.addAll(List.of(key, "1")));
        redis.cli(mset.toArray(String[]::new));

        List<String> patterns =
                new ArrayList<>(List.of("[\\a-z]", "[", "[^", "[a-", "[a-]", "[\\", "\\", "a[", "**", "[é-a]"));
        while (patterns.size() < PATTERNS) {
            patterns.add(random(random, 8));
        }
        int matches = 0;
        for (String pattern : patterns) {
            if (pattern.equals("*")) {
                continue; // KEYS gives all keys then, without matching.
            }
            String found = redis.cli("KEYS", pattern);
            Set<String> expected = found.isEmpty() && !Glob.matches(pattern, "")
                    ? Set.of()
                    : new TreeSet<>(List.of(found.split("\n", -1)));
            assertThat(keys.stream().filter(key -> Glob.matches(pattern, key)).collect(Collectors.toSet()))
                    .as(pattern)
                    .isEqualTo(expected);
            matches += expected.size();
        }
        assertThat(matches).isGreaterThan(PATTERNS);
    }
}
