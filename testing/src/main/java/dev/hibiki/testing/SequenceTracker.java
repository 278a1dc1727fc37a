package dev.hibiki.testing;

import java.util.BitSet;

/**
 * Counts missing, repeated and reordered numbers in a stream of consecutive numbers that may start anywhere. Confined to its owner.
 *
 * <p>A number below the first one may have come late, so it counts as reordered.
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

    /** The first number, -1 before any. */
    long first() {
        return first;
    }

    /** The highest number, -1 before any. */
    long highest() {
        return highest;
    }

    /** How many numbers between the first and the highest are missing. */
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
