package dev.hibiki.gateway.hub.log;

import java.nio.charset.StandardCharsets;

/**
 * Fuzz target: the id of an event. Equal ids have equal hashes, and an id that differs in its last character, or has one
 * more, has another. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class StampFuzz {
    private StampFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String id = new String(input, StandardCharsets.UTF_8);
        long hash = Stamp.hash(id);
        require(hash == Stamp.hash(String.valueOf(id.toCharArray())), "equal");
        if (!id.isEmpty()) {
            char last = id.charAt(id.length() - 1);
            String other = id.substring(0, id.length() - 1) + (char) (last ^ 1);
            require(hash != Stamp.hash(other), "the last character counts");
            require(hash != Stamp.hash(id + '0') && hash != Stamp.hash(id + '\0'), "the length counts");
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
