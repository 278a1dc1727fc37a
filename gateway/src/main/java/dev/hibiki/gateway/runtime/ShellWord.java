package dev.hibiki.gateway.runtime;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Writes words of commands that people paste into a shell (POSIX, section 2.2.2). Stateless. */
public final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

    private static final int DELETE = 0x7f;

    private ShellWord() {}

    /**
     * Returns the word as a shell takes it: in single quotes where a character has a meaning of its own. Control characters, which no
     * line of a log can show, are printed by the shell; a line end at the end of a word is lost.
     */
    public static String quoted(String word) {
        if (PLAIN.matcher(word).matches()) {
            return word;
        }
        return word.chars().anyMatch(Character::isISOControl)
                ? "\"$(printf " + inSingleQuotes(format(word)) + ")\""
                : inSingleQuotes(word);
    }

    private static String inSingleQuotes(String word) {
        return '\'' + word.replace("'", "'\\''") + '\'';
    }

    /** The word as a format of printf (POSIX, "File Format Notation"). */
    private static String format(String word) {
        StringBuilder format = new StringBuilder();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            if ((b >= 0 && b < ' ') || b == DELETE || b == '%' || b == '\\') {
                format.append("\\%03o".formatted(b));
            } else {
                format.append((char) (b & 0xff));
            }
        }
        return new String(format.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
