package dev.hibiki.gateway.channels;

import java.nio.charset.StandardCharsets;

/**
 * Matches the patterns of PSUBSCRIBE on the bytes of UTF-8, exactly as {@code stringmatchlen} of Redis 7 does (util.c). So
 * {@code ?} is one byte, and a pattern of only {@code *} does not match the empty text. An instance is one match, confined
 * to its thread.
 *
 * <p>Every element of a pattern except {@code *} matches one byte. So when the elements behind a {@code *} do not match,
 * only this last {@code *} has to take one byte more; those before it need no other try. A match takes at most as many
 * steps as the product of both lengths.
 */
public final class Glob {
    private final byte[] pattern;
    /** The place in the pattern; after {@link #matchesByte}, behind the element. */
    private int p;

    private Glob(byte[] pattern) {
        this.pattern = pattern;
    }

    /** True when the text has a character that means something else than itself in a pattern. */
    public static boolean isPattern(String text) {
        return text.chars().anyMatch(c -> c == '*' || c == '?' || c == '[' || c == '\\');
    }

    public static boolean matches(String pattern, String text) {
        return matches(utf8(pattern), utf8(text));
    }

    static boolean matches(byte[] pattern, byte[] text) {
        return new Glob(pattern).matches(text);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private boolean matches(byte[] text) {
        if (text.length == 0) {
            return pattern.length == 0; // In Redis, a * takes no empty text, but the end of one that is not empty.
        }
        int t = 0;
        int behindStar = -1;
        int starEnd = 0; // How much of the text the last * and all before it take.
        while (t < text.length) {
            if (p < pattern.length && pattern[p] == '*') {
                behindStar = ++p;
                starEnd = t;
                if (p == pattern.length) {
                    return true;
                }
            } else if (p < pattern.length && matchesByte(text[t])) {
                t++;
            } else if (behindStar >= 0) {
                t = ++starEnd;
                p = behindStar;
            } else {
                return false;
            }
        }
        while (p < pattern.length && pattern[p] == '*') {
            p++;
        }
        return p == pattern.length;
    }

    /** Matches the element at the current place, which is not a {@code *}, and moves behind it if it matches. */
    private boolean matchesByte(byte c) {
        switch (pattern[p]) {
            case '?' -> {
                p++;
                return true;
            }
            case '[' -> {
                p++;
                return matchesClass(c);
            }
            case '\\' -> {
                if (p + 1 < pattern.length) {
                    p++;
                }
                return pattern[p++] == c;
            }
            default -> {
                return pattern[p++] == c;
            }
        }
    }

    /**
     * Matches a class whose {@code [} is just before the current place. It ends at {@code ]} or with the pattern. A range
     * may be reversed, and its ends are bytes with a sign, as on most machines that Redis runs on. A {@code \} makes the
     * next byte literal, which then begins no range.
     */
    private boolean matchesClass(byte c) {
        boolean negated = p < pattern.length && pattern[p] == '^';
        if (negated) {
            p++;
        }
        boolean found = false;
        while (p < pattern.length && pattern[p] != ']') {
            byte low = pattern[p];
            if (low == '\\' && p + 1 < pattern.length) {
                p++;
                found |= pattern[p] == c;
            } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
                byte high = pattern[p + 2];
                p += 2;
                found |= c >= Math.min(low, high) && c <= Math.max(low, high);
            } else {
                found |= low == c;
            }
            p++;
        }
        p = Math.min(p + 1, pattern.length);
        return found != negated;
    }
}
