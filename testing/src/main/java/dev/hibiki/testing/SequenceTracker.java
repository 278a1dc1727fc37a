package dev.hibiki.testing;

import java.util.BitSet;

/**
 * Finds what is missing, doubled or out of order in a stream of consecutive numbers, whatever the first one is. Confined to its owner.
 *
 * <p>A number below the first that came cannot be told from one that came late, so it counts as reordered.
 */
final class SequenceTracker {
    private final BitSet seen = new BitSet();
    private long first = -1;
    private long highest = -1;
    private long duplicates;
    private long reordered;

    void add(long sequence) {
        if (first < 0) {
            first = sequence;
        }
        if (sequence < first) {
            reordered++;
            return;
        }
        int index = Math.toIntExact(sequence - first);
        if (seen.get(index)) {
            duplicates++;
        } else if (sequence < highest) {
            reordered++;
        }
        seen.set(index);
        highest = Math.max(highest, sequence);
    }

    /** The first number that came, -1 before. */
    long first() {
        return first;
    }

    /** The highest number that came, -1 before. */
    long highest() {
        return highest;
    }

    /** How many numbers between the first and the highest have not come. */
    long missing() {
        return first < 0 ? 0 : highest - first + 1 - seen.cardinality();
    }

    long duplicates() {
        return duplicates;
    }

    long reordered() {
        return reordered;
    }
}
