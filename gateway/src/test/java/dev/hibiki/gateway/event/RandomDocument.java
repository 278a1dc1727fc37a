package dev.hibiki.gateway.event;

import java.util.Random;

/**
 * A random JSON object in two forms: as a publisher may write it, with white space and needless escapes, and in the one
 * compact form for clients. Confined to the thread of the test.
 */
final class RandomDocument {
    private static final String[] NUMBERS = {"0", "-0", "1.10", "1e400", "-12345678901234567890", "3.14E-2", "7"};
    private static final String[] LITERALS = {"true", "false", "null"};
    private static final String[] SPACES = {"", "", "", " ", "\n", "\t ", "\r\n"};
    /** Code points for random texts; the last two are lone surrogates. */
    private static final int[] CODE_POINTS = {
        'a', 'Z', '0', ' ', '/', '"', '\\', '<', 0, 1, 8, 9, 10, 12, 13, 31, 127, 0x80, 0xE9, 0x7FF, 0x800, 0x1EA1,
        0x2028, 0x65B0, 0xB3D9, 0xFFFD, 0xFFFF, 0x10000, 0x1F389, 0x10FFFF, 0xD83C, 0xDF89
    };

    private final Random random;
    private final StringBuilder published = new StringBuilder();
    private final StringBuilder delivered = new StringBuilder();
    private final String id;
    private int loneSurrogates;
    private int names;

    RandomDocument(Random random) {
        this.random = random;
        id = "id-" + random.nextInt();
        object(1 + random.nextInt(4), true);
    }

    String published() {
        return published.toString();
    }

    String delivered() {
        return delivered.toString();
    }

    String id() {
        return id;
    }

    int loneSurrogates() {
        return loneSurrogates;
    }

    private void both(String text) {
        published.append(text);
        delivered.append(text);
    }

    private void space() {
        published.append(SPACES[random.nextInt(SPACES.length)]);
    }

    private void object(int depth, boolean top) {
        space();
        both("{");
        int fields = random.nextInt(6);
        int idAt = top ? random.nextInt(fields + 1) : -1;
        for (int i = 0; i <= fields; i++) {
            if (i == idAt) {
                both((i == 0 ? "" : ",") + "\"id\":\"" + id + "\",\"title\":");
                text(random.nextInt(200));
            }
            if (i < fields) {
                if (i > 0 || idAt == 0) {
                    both(",");
                }
                space();
                name();
                value(depth - 1);
            }
        }
        space();
        both("}");
    }

    private void name() {
        // The number makes the name unique, and different from "id" and "title".
        both("\"" + names++);
        textInQuotes(random.nextInt(5));
        both("\"");
        space();
        both(":");
    }

    private void value(int depth) {
        space();
        switch (random.nextInt(depth > 0 ? 5 : 3)) {
            case 0 -> both(NUMBERS[random.nextInt(NUMBERS.length)]);
            case 1 -> both(LITERALS[random.nextInt(LITERALS.length)]);
            case 2 -> text(random.nextInt(10) == 0 ? random.nextInt(3_000) : random.nextInt(12));
            case 3 -> object(depth, false);
            default -> array(depth);
        }
        space();
    }

    private void array(int depth) {
        both("[");
        int elements = random.nextInt(4);
        for (int i = 0; i < elements; i++) {
            if (i > 0) {
                both(",");
            }
            value(depth - 1);
        }
        both("]");
    }

    private void text(int codePoints) {
        both("\"");
        textInQuotes(codePoints);
        both("\"");
    }

    private void textInQuotes(int codePoints) {
        boolean afterHigh = false;
        for (int i = 0; i < codePoints; i++) {
            int codePoint = CODE_POINTS[random.nextInt(CODE_POINTS.length)];
            if (afterHigh && codePoint >= 0xDC00 && codePoint <= 0xDFFF) {
                continue; // Two lone surrogates would become a pair.
            }
            afterHigh = codePoint >= 0xD800 && codePoint <= 0xDBFF;
            codePoint(codePoint);
        }
    }

    private void codePoint(int codePoint) {
        boolean lone = codePoint >= 0xD800 && codePoint <= 0xDFFF;
        boolean mustEscape = lone || codePoint < 0x20 || codePoint == '"' || codePoint == '\\';
        if (lone) {
            loneSurrogates++;
            delivered.append('\uFFFD');
        } else if (mustEscape) {
            delivered.append(shortest(codePoint));
        } else {
            delivered.appendCodePoint(codePoint);
        }
        if (mustEscape || random.nextInt(3) == 0) {
            String escape = random.nextBoolean() || lone ? "" : publishersChoice(codePoint);
            published.append(escape.isEmpty() ? unicodeEscape(codePoint) : escape);
        } else {
            published.appendCodePoint(codePoint);
        }
    }

    private static String shortest(int codePoint) {
        int at = "\b\t\n\f\r\"\\".indexOf(codePoint);
        return at >= 0 ? "\\" + "btnfr\"\\".charAt(at) : String.format("\\u%04X", codePoint);
    }

    private static String publishersChoice(int codePoint) {
        return codePoint == '/' ? "\\/" : "\b\t\n\f\r\"\\".indexOf(codePoint) >= 0 ? shortest(codePoint) : "";
    }

    private String unicodeEscape(int codePoint) {
        StringBuilder escape = new StringBuilder();
        for (char c : Character.toChars(codePoint)) {
            escape.append(String.format(random.nextBoolean() ? "\\u%04x" : "\\u%04X", (int) c));
        }
        return escape.toString();
    }
}
