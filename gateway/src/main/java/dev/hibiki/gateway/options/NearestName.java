package dev.hibiki.gateway.options;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;

/** Finds the known name that somebody probably meant who wrote an unknown one. Stateless. */
public final class NearestName {
    /** A longer name is not a typing error, and comparing it would take time. */
    private static final int MAX_CHARS = 64;
    /** So many characters of a name may be wrong: one in three, and at most three. */
    private static final int MAX_WRONG = 3;

    private NearestName() {}

    /**
     * Returns the name with the fewest wrong characters, without regard to case; null when none is near.
     *
     * @param unknown of any length
     */
    public static @Nullable String of(String unknown, Collection<String> known) {
        if (unknown.length() > MAX_CHARS) {
            return null;
        }
        String wrong = unknown.toLowerCase(Locale.ROOT);
        String nearest = null;
        int fewest = Math.min(MAX_WRONG, Math.max(1, wrong.length() / 3)) + 1;
        for (String name : known) {
            int distance = distance(wrong, name.toLowerCase(Locale.ROOT), fewest);
            if (distance >= 0 && distance < fewest) {
                fewest = distance;
                nearest = name;
            }
        }
        return nearest;
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
        String nearest = of(unknown, known);
        return nearest != null && new LevenshteinDistance(2).apply(unknown, nearest) >= 0;
    }

    /** Returns {@code "; did you mean …?"} with the nearest name, or an empty text when none is near. */
    public static String hint(String unknown, Collection<String> known) {
        String nearest = of(unknown, known);
        return nearest == null ? "" : "; did you mean " + nearest + "?";
    }
}
