package dev.hibiki.gateway.logging;

/** Writes untrusted text into a log line, with the escapes of JSON. Stateless. */
final class LogEscapes {
    private static final String HEX = "0123456789abcdef";

    private LogEscapes() {}

    /** Writes the text and escapes only what would end the line or control the terminal. */
    static void text(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isDangerous(c)) {
                escape(line, c);
            } else {
                line.append(c);
            }
        }
    }

    /** Writes the text as a JSON string. */
    static void quoted(StringBuilder line, String text) {
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (isDangerous(c)) {
                escape(line, c);
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }

    /** Writes the text as one word, in quotes when it would otherwise be ambiguous. */
    static void word(StringBuilder line, String text) {
        if (isWord(text)) {
            text(line, text);
        } else {
            quoted(line, text);
        }
    }

    private static boolean isWord(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c == '"' || c == '=' || c == '\\' || Character.isSpaceChar(c) || isDangerous(c)) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** True for control characters, for other line ends, and for characters that change the direction of text. */
    private static boolean isDangerous(char c) {
        return Character.isISOControl(c)
                || c == '\u2028'
                || c == '\u2029'
                || (c >= '\u202a' && c <= '\u202e')
                || (c >= '\u2066' && c <= '\u2069');
    }

    private static void escape(StringBuilder line, char c) {
        switch (c) {
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> {
                line.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    line.append(HEX.charAt((c >> shift) & 0xF));
                }
            }
        }
    }
}
