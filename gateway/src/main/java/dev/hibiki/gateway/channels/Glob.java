package dev.hibiki.gateway.channels;

/**
 * Matches the patterns of PSUBSCRIBE as {@code stringmatchlen} in Redis's util.c does, but by characters instead of bytes.
 * An instance is one match, confined to its thread.
 */
public final class Glob {
    private final String pattern;
    private final String text;

    private Glob(String pattern, String text) {
        this.pattern = pattern;
        this.text = text;
    }

    /** True when the text has a character that means something else than itself in a pattern. */
    public static boolean isPattern(String text) {
        return text.chars().anyMatch(c -> c == '*' || c == '?' || c == '[' || c == '\\');
    }

    public static boolean matches(String pattern, String text) {
        return new Glob(pattern, text).matches(0, 0);
    }

    private boolean matches(int patternStart, int textStart) {
        int p = patternStart;
        int t = textStart;
        while (p < pattern.length()) {
            char c = pattern.charAt(p);
            if (c == '*') {
                return matchesStar(p + 1, t);
            }
            if (t == text.length()) {
                return false;
            }
            if (c == '[') {
                int end = matchSet(p + 1, text.charAt(t));
                if (end < 0) {
                    return false;
                }
                p = end;
            } else {
                if (c == '\\' && p + 1 < pattern.length()) {
                    c = pattern.charAt(++p);
                    if (c != text.charAt(t)) {
                        return false;
                    }
                } else if (c != '?' && c != text.charAt(t)) {
                    return false;
                }
                p++;
            }
            t++;
        }
        return t == text.length();
    }

    private boolean matchesStar(int p, int textStart) {
        for (int t = textStart; t <= text.length(); t++) {
            if (matches(p, t)) {
                return true;
            }
        }
        return false;
    }

    /** @return the index after the set when it holds the character, else -1 */
    private int matchSet(int start, char c) {
        int p = start;
        boolean negated = p < pattern.length() && pattern.charAt(p) == '^';
        if (negated) {
            p++;
        }
        boolean found = false;
        while (p < pattern.length() && pattern.charAt(p) != ']') {
            char low = pattern.charAt(p);
            if (low == '\\' && p + 1 < pattern.length()) {
                low = pattern.charAt(++p);
            }
            char high = low;
            if (p + 2 < pattern.length() && pattern.charAt(p + 1) == '-') {
                high = pattern.charAt(p + 2);
                p += 2;
            }
            found |= c >= Math.min(low, high) && c <= Math.max(low, high);
            p++;
        }
        return found != negated ? Math.min(p + 1, pattern.length()) : -1;
    }
}
