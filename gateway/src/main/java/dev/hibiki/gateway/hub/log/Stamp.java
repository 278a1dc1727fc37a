package dev.hibiki.gateway.hub.log;

import org.jspecify.annotations.Nullable;

/**
 * The fields that a log keeps of a frame beside its bytes. Immutable.
 *
 * @param sequence of its publication; ascending over all logs of a hub
 * @param idHash of the event's id, see {@link #hash}
 * @param aliasHash of another text by which clients may name the id; 0 without one
 * @param keyHash of the event's lag key, for subscribers that only want the newest event of each key; 0 without a key
 * @param control true for a notice about the stream, which only some subscribers read
 */
public record Stamp(long sequence, long idHash, long aliasHash, long keyHash, boolean control) {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    public static Stamp event(long sequence, String id, @Nullable String alias, @Nullable String key) {
        return new Stamp(sequence, hash(id), hashOrZero(alias), hashOrZero(key), false);
    }

    private static long hashOrZero(@Nullable String text) {
        return text == null ? 0 : hash(text);
    }

    public static Stamp control(long sequence) {
        return new Stamp(sequence, 0, 0, 0, true);
    }

    /**
     * 64 bits of an id: logs keep these instead of the ids. Two of a million ids share a hash with a chance of one to
     * forty million; multiply and fold, as in Steele, Lea, Flood, "Fast splittable pseudorandom number generators".
     */
    public static long hash(String id) {
        long hash = id.length() + MULTIPLIER;
        for (int i = 0; i < id.length(); i++) {
            hash = (hash ^ id.charAt(i)) * MULTIPLIER;
            hash ^= hash >>> 29;
        }
        return hash;
    }
}
