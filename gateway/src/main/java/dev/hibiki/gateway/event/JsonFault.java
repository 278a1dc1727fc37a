package dev.hibiki.gateway.event;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first place at which a text is not JSON (RFC 8259), and says in plain words what is there and what was expected. The
 * parser's own message names options of the parser, which helps no publisher. Used only for a text that the parser has refused.
 * One pass; confined to its caller.
 */
final class JsonFault {
    private static final int MAX_WORD_CHARS = 24;
    private static final String VALUE =
            "expected: a text in double quotes, a number, an object, an array, true, false or null";
    private static final List<String> WORDS = List.of("true", "false", "null");

    /**
     * @param at the character
     * @param found what is there
     * @param wanted what was expected, and what helps
     */
    record Fault(int at, String found, String wanted) {}

    private enum Expected {
        VALUE,
        FIRST_ELEMENT,
        FIRST_NAME,
        NAME,
        COLON,
        COMMA
    }

    private final CharSequence text;
    /** The next character. */
    private int at;
    /** For each open object or array, whether it is an object. */
    private final BitSet objects = new BitSet();

    private int depth;
    private Expected expected = Expected.VALUE;

    private JsonFault(CharSequence text) {
        this.text = text;
    }

    /** Returns the first fault; null when the text is JSON. */
    static @Nullable Fault find(CharSequence text) {
        return new JsonFault(text).find();
    }

    private @Nullable Fault find() {
        while (true) {
            skipSpaces();
            if (at == text.length()) {
                return atTheEnd();
            }
            Fault fault = depth == 0 && expected == Expected.COMMA
                    ? fault("more text after the end of the JSON", "expected: one JSON value and nothing after it")
                    : step(text.charAt(at));
            if (fault != null) {
                return fault;
            }
        }
    }

    private void skipSpaces() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private @Nullable Fault atTheEnd() {
        if (depth == 0) {
            return expected == Expected.COMMA ? null : fault("nothing", VALUE);
        }
        return fault("the JSON ends too early", "expected: " + (objects.get(depth - 1) ? "}" : "]") + " at its end");
    }

    private @Nullable Fault step(char c) {
        if (c == '/' || c == '#') {
            return fault("a comment", "JSON has no comments");
        }
        return switch (expected) {
            case VALUE -> value(c);
            case FIRST_ELEMENT -> c == ']' ? close(c) : value(c);
            case FIRST_NAME -> c == '}' ? close(c) : name(c);
            case NAME -> name(c);
            case COLON -> take(c, ':', Expected.VALUE, "expected: a colon after the name");
            case COMMA -> afterValue(c);
        };
    }

    private @Nullable Fault take(char c, char wanted, Expected next, String otherwise) {
        if (c != wanted) {
            return fault(found(c), otherwise);
        }
        at++;
        expected = next;
        return null;
    }

    private @Nullable Fault open(boolean object) {
        objects.set(depth++, object);
        at++;
        expected = object ? Expected.FIRST_NAME : Expected.FIRST_ELEMENT;
        return null;
    }

    private @Nullable Fault close(char c) {
        boolean object = objects.get(depth - 1);
        if (object != (c == '}')) {
            return fault(found(c), "expected: " + (object ? "}" : "]"));
        }
        depth--;
        at++;
        expected = Expected.COMMA;
        return null;
    }

    private @Nullable Fault afterValue(char c) {
        if (c == '}' || c == ']') {
            return close(c);
        }
        boolean object = objects.get(depth - 1);
        return take(
                c,
                ',',
                object ? Expected.NAME : Expected.VALUE,
                "expected: a comma or " + (object ? '}' : ']') + " after the value");
    }

    private @Nullable Fault name(char c) {
        if (c == '"') {
            return string(Expected.COLON);
        }
        if (c == '}' && expected == Expected.NAME) {
            return fault("} after a comma", "expected: no comma after the last member");
        }
        if (isWordPart(c)) {
            String word = word();
            return fault("the name " + word + " without quotes", "expected: \"" + word + "\" in double quotes");
        }
        return fault(found(c), "expected: a name in double quotes");
    }

    private @Nullable Fault value(char c) {
        if (c == '"') {
            return string(Expected.COMMA);
        }
        if (c == '{' || c == '[') {
            return open(c == '{');
        }
        if (c == '-' || (c >= '0' && c <= '9')) {
            return number();
        }
        if (c == ']' && depth > 0 && !objects.get(depth - 1)) {
            return fault("] after a comma", "expected: no comma after the last element");
        }
        if (c == '+' || c == '.') {
            return fault("a number that begins with " + c, c == '+' ? "expected: 1, not +1" : "expected: 0.5, not .5");
        }
        if (isWordPart(c)) {
            String word = word();
            if (WORDS.contains(word)) {
                at += word.length();
                expected = Expected.COMMA;
                return null;
            }
            boolean known = WORDS.contains(word.toLowerCase(Locale.ROOT));
            return fault("the word " + word, known ? "expected: " + word.toLowerCase(Locale.ROOT) : VALUE);
        }
        return fault(found(c), VALUE);
    }

    private @Nullable Fault string(Expected next) {
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                expected = next;
                return null;
            }
            if (c < ' ') {
                return rawControl(c);
            }
            if (c == '\\') {
                Fault fault = escape();
                if (fault != null) {
                    return fault;
                }
            }
        }
        return fault("the JSON ends inside a text", "expected: \" at the end of the text");
    }

    private Fault rawControl(char c) {
        String escape = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : "\\u%04x".formatted((int) c);
        return fault(
                "a control character (U+%04X) in a text".formatted((int) c),
                "expected: " + escape + " instead of it, as every JSON encoder writes it");
    }

    /** Goes to the last character of an escape. */
    private @Nullable Fault escape() {
        int digits = 0;
        if (at + 1 < text.length() && text.charAt(at + 1) == 'u') {
            while (digits < 4 && at + 2 + digits < text.length() && isHex(text.charAt(at + 2 + digits))) {
                digits++;
            }
            if (digits == 4) {
                at += 5;
                return null;
            }
        } else if (at + 1 < text.length() && "\"\\/bfnrt".indexOf(text.charAt(at + 1)) >= 0) {
            at++;
            return null;
        }
        return fault("a backslash in a text", "expected after it: one of \" \\ / b f n r t, or u and four hex digits");
    }

    private static boolean isHex(char c) {
        return c < 0x80 && Character.digit(c, 16) >= 0;
    }

    private @Nullable Fault number() {
        int begin = at;
        if (text.charAt(at) == '-') {
            at++;
        }
        int digits = digits();
        if (digits == 0) {
            return fault("a minus without a number", "expected: a digit after it");
        }
        if (digits > 1 && text.charAt(at - digits) == '0') {
            at = begin;
            return fault(
                    "a number that begins with 0", "expected: 7, not 07; put it in double quotes to keep the zero");
        }
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            if (digits() == 0) {
                return fault("a number without a digit after its point", "expected: 1.0, not 1.");
            }
        }
        if (at < text.length() && (text.charAt(at) | 0x20) == 'e') {
            at++;
            if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
                at++;
            }
            if (digits() == 0) {
                return fault("a number without a digit in its exponent", "expected: 1e5, not 1e");
            }
        }
        expected = Expected.COMMA;
        return null;
    }

    /** Skips digits. @return how many */
    private int digits() {
        int begin = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at - begin;
    }

    private static boolean isWordPart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$';
    }

    /** The word that begins here, cut when it is long. */
    private String word() {
        int end = at;
        while (end < text.length() && end - at < MAX_WORD_CHARS && isWordPart(text.charAt(end))) {
            end++;
        }
        return text.subSequence(at, end).toString();
    }

    private static String found(char c) {
        if (c == '\'') {
            return "a single quote";
        }
        if (c == '\uFEFF') {
            return "a byte order mark (U+FEFF)";
        }
        return c > ' ' && c < 0x7f ? "the character " + c : "the character U+%04X".formatted((int) c);
    }

    private Fault fault(String found, String wanted) {
        return new Fault(at, found, wanted);
    }
}
