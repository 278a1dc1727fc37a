package dev.hibiki.gateway.options;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;

/** Finds the known name that somebody probably meant who wrote an unknown one. Stateless. */
public final class NearestName {
    /** A longer name is not a typing error, and comparing it would take time. */
    private static final int MAX_CHARS = 64;
    /** So many characters of a name may be wrong: one in three, and at most three. */
    private static final int MAX_WRONG = 3;

    /** Between words. A word with its blanks is at least so long: a letter or two are in too many names. */
    private static final Pattern SEPARATORS = Pattern.compile("[-_.:/\\s]+");

    private static final int MIN_WORDS = 5;

    private NearestName() {}

    /**
     * Returns the name with the fewest wrong characters, without regard to case; null when none is near. A name that only lacks
     * words, or has too many, is nearer than one with more than one wrong character.
     *
     * @param unknown of any length
     */
    public static @Nullable String of(String unknown, Collection<String> known) {
        if (unknown.length() > MAX_CHARS) {
            return null;
        }
        String spelled = spelled(unknown, known, 1);
        String nearest = spelled == null ? worded(unknown, known) : spelled;
        return nearest == null ? spelled(unknown, known, MAX_WRONG) : nearest;
    }

    private static @Nullable String spelled(String unknown, Collection<String> known, int mostWrong) {
        String wrong = unknown.toLowerCase(Locale.ROOT);
        int letters = wrong.startsWith("--") ? wrong.length() - 2 : wrong.length();
        String nearest = null;
        int fewest = Math.min(mostWrong, Math.max(1, letters / 3)) + 1;
        for (String name : known) {
            int distance = distance(wrong, name.toLowerCase(Locale.ROOT), fewest);
            if (distance >= 0 && distance < fewest) {
                fewest = distance;
                nearest = name;
            }
        }
        return nearest;
    }

    /**
     * Returns the shortest name that begins with these words, else the longest one with which they begin, else the shortest one that
     * contains them.
     */
    private static @Nullable String worded(String unknown, Collection<String> known) {
        String words = words(unknown);
        if (words.length() < MIN_WORDS) {
            return null;
        }
        Map<String, String> byLength = new LinkedHashMap<>();
        known.stream().sorted(Comparator.comparingInt(String::length)).forEach(name -> {
            String its = words(name);
            if (its.length() >= MIN_WORDS) {
                byLength.put(name, its);
            }
        });
        String begun = null;
        String within = null;
        for (Map.Entry<String, String> name : byLength.entrySet()) {
            if (name.getValue().startsWith(words)) {
                return name.getKey();
            }
            if (words.startsWith(name.getValue())) {
                begun = name.getKey();
            } else if (within == null && name.getValue().contains(words)) {
                within = name.getKey();
            }
        }
        return begun == null ? within : begun;
    }

    /** The words of a name, in lower case, each between two blanks. */
    private static String words(String name) {
        return ' '
                + SEPARATORS
                        .matcher(name.toLowerCase(Locale.ROOT))
                        .replaceAll(" ")
                        .strip()
                + ' ';
    }

    /** Returns the number of wrong characters, or -1 when it is above the limit. Two that are interchanged count as one. */
    private static int distance(String wrong, String name, int limit) {
        int distance = new LevenshteinDistance(Math.max(2, limit)).apply(wrong, name);
        if (distance == 2 && Arrays.equals(sorted(wrong), sorted(name))) {
            return 1;
        }
        return distance > limit ? -1 : distance;
    }

    private static char[] sorted(String text) {
        char[] characters = text.toCharArray();
        Arrays.sort(characters);
        return characters;
    }

    /** Returns true when at most two characters are wrong in a name, so that it can hardly mean anything else. */
    public static boolean isTypingError(String unknown, Collection<String> known) {
        String nearest = spelled(unknown, known, MAX_WRONG);
        return nearest != null && new LevenshteinDistance(2).apply(unknown, nearest) >= 0;
    }

    /** Returns {@code "; did you mean …?"} with the nearest name, or an empty text when none is near. */
    public static String hint(String unknown, Collection<String> known) {
        String nearest = of(unknown, known);
        return nearest == null ? "" : "; did you mean " + nearest + "?";
    }
}
