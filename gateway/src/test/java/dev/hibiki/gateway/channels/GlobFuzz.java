package dev.hibiki.gateway.channels;

import java.util.Arrays;

/**
 * Fuzz target: a pattern and a text. {@link Glob} gives the same as {@code stringmatchlen} of Redis 7, which is written here
 * as it is there. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class GlobFuzz {
    /** Redis takes exponential time where {@link Glob} does not. */
    private static final int MAX_BYTES = 48;

    private GlobFuzz() {}

    /** The first byte is the length of the pattern; the rest is the pattern and the text. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int end = Math.min(1 + (input[0] & 0x3F), input.length);
        byte[] pattern = Arrays.copyOfRange(input, 1, Math.max(1, end));
        byte[] text = Arrays.copyOfRange(input, Math.max(1, end), Math.min(input.length, end + MAX_BYTES));
        boolean expected = new Redis(pattern, text).matches(0, 0);
        if (Glob.matches(pattern, text) != expected) {
            throw new AssertionError("Redis says " + expected);
        }
    }

    /** The code of Redis, with an index for each pointer. A byte behind the end of the pattern is 0, as there. */
    private static final class Redis {
        private final byte[] pattern;
        private final byte[] text;
        private boolean skipLongerMatches;

        Redis(byte[] pattern, byte[] text) {
            this.pattern = pattern;
            this.text = text;
        }

        private int at(int p) {
            return p < pattern.length ? pattern[p] : 0;
        }

        boolean matches(int from, int begin) {
            int p = from;
            int t = begin;
            while (p < pattern.length && t < text.length) {
                switch (at(p)) {
                    case '*' -> {
                        return star(p, t);
                    }
                    case '?' -> t++;
                    case '[' -> {
                        p = set(p + 1, text[t]);
                        if (p < 0) {
                            return false;
                        }
                        t++;
                    }
                    default -> {
                        if (at(p) == '\\' && pattern.length - p >= 2) {
                            p++;
                        }
                        if (at(p) != text[t]) {
                            return false;
                        }
                        t++;
                    }
                }
                p++;
                if (t == text.length) {
                    while (at(p) == '*') {
                        p++;
                    }
                    break;
                }
            }
            return p == pattern.length && t == text.length;
        }

        private boolean star(int from, int begin) {
            int p = from;
            while (at(p + 1) == '*') {
                p++;
            }
            if (pattern.length - p == 1) {
                return true;
            }
            for (int t = begin; t < text.length; t++) {
                if (matches(p + 1, t)) {
                    return true;
                }
                if (skipLongerMatches) {
                    return false;
                }
            }
            skipLongerMatches = true;
            return false;
        }

        /** Returns the place of the last byte of the class; -1 when it does not match. */
        private int set(int from, byte c) {
            int p = from;
            boolean not = at(p) == '^';
            if (not) {
                p++;
            }
            boolean match = false;
            while (true) {
                if (pattern.length - p >= 2 && at(p) == '\\') {
                    p++;
                    match |= at(p) == c;
                } else if (at(p) == ']') {
                    break;
                } else if (p >= pattern.length) {
                    p--;
                    break;
                } else if (pattern.length - p >= 3 && at(p + 1) == '-') {
                    int low = Math.min(at(p), at(p + 2));
                    int high = Math.max(at(p), at(p + 2));
                    p += 2;
                    match |= c >= low && c <= high;
                } else {
                    match |= at(p) == c;
                }
                p++;
            }
            return match == not ? -1 : p;
        }
    }
}
