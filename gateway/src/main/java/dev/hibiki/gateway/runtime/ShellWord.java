package dev.hibiki.gateway.runtime;

import java.util.regex.Pattern;

/** Writes words of commands that people paste into a shell (POSIX, section 2.2.2). Stateless. */
public final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

    private ShellWord() {}

    /** Returns the word as a shell takes it: in single quotes where a character has a meaning of its own. */
    public static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : '\'' + word.replace("'", "'\\''") + '\'';
    }
}
