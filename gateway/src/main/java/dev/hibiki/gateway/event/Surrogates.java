package dev.hibiki.gateway.event;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Lone UTF-16 surrogates: JSON can escape them ({@code "\ud800"}), UTF-8 cannot carry them (Unicode 3.9, D92). They are
 * replaced in the text, before it is parsed: Jackson lets them through in values and refuses them in names. Not
 * thread-safe.
 */
final class Surrogates {
    private static final String REPLACEMENT = "fffd";
    private static final int ESCAPE_CHARS = 6;

    private List<Integer> replacedAt = List.of();
    private int counted;

    /** Makes each escaped lone surrogate in the first characters of a JSON text an escaped U+FFFD, in place. */
    void replaceLone(char[] json, int length) {
        replacedAt = List.of();
        counted = 0;
        for (int i = 0; i < length; i++) {
            if (json[i] != '\\') {
                continue;
            }
            int unit = escapedUnit(json, i, length);
            if (unit < 0 || !Character.isSurrogate((char) unit)) {
                i++; // Of two backslashes, the second begins nothing.
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

    /** The code unit whose escape starts here, or -1 when none does. */
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

    /** How many were replaced before this position and after that of the call before. */
    int countUpTo(long position) {
        int before = counted;
        while (counted < replacedAt.size() && replacedAt.get(counted) < position) {
            counted++;
        }
        return counted - before;
    }
}
