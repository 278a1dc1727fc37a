package dev.hibiki.gateway.event;

/** Lone UTF-16 surrogates: JSON can escape them ({@code "\ud800"}), UTF-8 cannot carry them (Unicode 3.9, D92). */
final class Surrogates {
    private static final char REPLACEMENT = '\uFFFD';

    private Surrogates() {}

    /** Replaces each lone surrogate in the range by U+FFFD, in place. @return how many there were */
    static int replaceLone(char[] text, int offset, int length) {
        int end = offset + length;
        int replaced = 0;
        for (int i = offset; i < end; i++) {
            if (!Character.isSurrogate(text[i])) {
                continue;
            }
            if (i + 1 < end && Character.isSurrogatePair(text[i], text[i + 1])) {
                i++;
            } else {
                text[i] = REPLACEMENT;
                replaced++;
            }
        }
        return replaced;
    }

    static int countLone(String text) {
        return replaceLone(text.toCharArray(), 0, text.length());
    }

    static String replaceLone(String text) {
        char[] chars = text.toCharArray();
        return replaceLone(chars, 0, chars.length) == 0 ? text : new String(chars);
    }
}
