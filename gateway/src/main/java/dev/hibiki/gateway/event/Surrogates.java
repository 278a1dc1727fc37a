package dev.hibiki.gateway.event;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Replaces lone UTF-16 surrogates by U+FFFD. Not thread-safe. JSON can escape them ({@code "\ud800"}), but UTF-8 cannot
 * encode them (Unicode 3.9, D92). They are replaced before the text is parsed, since Jackson accepts them in values and
 * rejects them in names.
 */
final class Surrogates {
    private static final String REPLACEMENT = "fffd";
    private static final int ESCAPE_CHARS = 6;

    private List<Integer> replacedAt = List.of();
    private int counted;

    /** Replaces, in place, each escaped lone surrogate in the first {@code length} characters by an escaped U+FFFD. */
    void replaceLone(char[] json, int length) {
        replacedAt = List.of();
        counted = 0;
        for (int i = 0; i < length; i++) {
            if (json[i] != '\\') {
                continue;
            }
            int unit = escapedUnit(json, i, length);
            if (unit < 0 || !Character.isSurrogate((char) unit)) {
                i++; // Skips the escaped character, which may be a backslash.
            } else if (isPair((char) unit, escapedUnit(json, i + ESCAPE_CHARS, length))) {
                i += 2 * ESCAPE_CHARS - 1;
            } else {
                REPLACEMENT.getChars(0, REPLACEMENT.length(), json, i + 2);
                if (replacedAt.isEmpty()) {
                    replacedAt = new ArrayList<>();
                }
                replacedAt.add(i);
                i += ESCAPE_CHARS - 1;
            }
        }
    }

    private static boolean isPair(char high, int low) {
        return low >= 0 && Character.isSurrogatePair(high, (char) low);
    }

    /** The code unit whose escape starts at this index, or -1 when there is no escape. */
    private static int escapedUnit(char[] json, int start, int length) {
        if (start + ESCAPE_CHARS > length || json[start] != '\\' || json[start + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = start + 2; i < start + ESCAPE_CHARS; i++) {
            if (!HexFormat.isHexDigit(json[i])) {
                return -1;
            }
            unit = unit << 4 | HexFormat.fromHexDigit(json[i]);
        }
        return unit;
    }

    /** The number of replacements before this position, without those that the last call has counted. */
    int countUpTo(long position) {
        int before = counted;
        while (counted < replacedAt.size() && replacedAt.get(counted) < position) {
            counted++;
        }
        return counted - before;
    }
}
