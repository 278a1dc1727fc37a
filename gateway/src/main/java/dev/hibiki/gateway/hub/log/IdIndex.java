package dev.hibiki.gateway.hub.log;

import java.util.function.LongConsumer;

/**
 * Finds events of one log by the hash of their ids, in constant time: a table with open addressing and linear probing (Knuth,
 * The Art of Computer Programming, volume 3, section 6.4, algorithm L). Thread-safe: one lock per log, held for one probe.
 *
 * <p>Entries are never removed. Those of events that the log has dropped are stale, and go when the table is made anew. An id
 * that a publisher repeats has two entries for each segment of the log, the first and the last place, so that a probe stays
 * short.
 */
final class IdIndex {
    private static final int MIN_SLOTS = 8;
    private static final int BYTES_PER_SLOT = 2 * Long.BYTES;
    private static final int NONE = -1;
    private static final long[] EMPTY = {};

    private final LogMemory memory;
    /** 0 marks a free slot. */
    private long[] hashes = EMPTY;

    private long[] sequences = EMPTY;
    private int used;

    IdIndex(LogMemory memory) {
        this.memory = memory;
    }

    /** Makes room for so many events, so that to {@link #add} them allocates nothing. Writer only. */
    synchronized void reserve(int events, long tail) {
        if (4L * (used + events) > 3L * hashes.length) {
            rebuild(events, tail);
        }
    }

    /**
     * Adds an event. Writer only.
     *
     * @param segmentStart the sequence before the event's segment
     * @param tail the sequence before the oldest event of the log
     */
    synchronized void add(long idHash, long sequence, long segmentStart, long tail) {
        long hash = nonZero(idHash);
        reserve(1, tail);
        int slot = slot(hash);
        int other = NONE;
        while (hashes[slot] != 0) {
            if (hashes[slot] == hash && sequences[slot] > segmentStart) {
                if (other != NONE) { // The later one of the two is no longer the last.
                    sequences[sequences[slot] > sequences[other] ? slot : other] = sequence;
                    return;
                }
                other = slot;
            }
            slot = next(slot);
        }
        put(slot, hash, sequence);
    }

    private void put(int slot, long hash, long sequence) {
        hashes[slot] = hash;
        sequences[slot] = sequence;
        used++;
    }

    /**
     * Tells the sequences of the events with this id after the tail: of the first and of the last one, and perhaps of some in
     * between. Any thread.
     */
    synchronized void find(long idHash, long tail, LongConsumer found) {
        long hash = nonZero(idHash);
        if (used > 0) {
            for (int slot = slot(hash); hashes[slot] != 0; slot = next(slot)) {
                if (hashes[slot] == hash && sequences[slot] > tail) {
                    found.accept(sequences[slot]);
                }
            }
        }
    }

    /** Frees what stale entries take, when these are the most. Writer only. */
    synchronized void trim(long liveEvents, long tail) {
        if (2 * liveEvents < used) {
            rebuild(1, tail);
        }
    }

    /** Makes the table anew without stale entries, with room for as many again and for these. Writer only. */
    private void rebuild(int added, long tail) {
        long[] oldHashes = hashes;
        long[] oldSequences = sequences;
        int live = 0;
        for (int i = 0; i < oldHashes.length; i++) {
            live += oldHashes[i] != 0 && oldSequences[i] > tail ? 1 : 0;
        }
        int slots = MIN_SLOTS;
        while (slots < 2 * (live + added)) {
            slots *= 2;
        }
        resize(slots);
        for (int i = 0; i < oldHashes.length; i++) {
            if (oldHashes[i] != 0 && oldSequences[i] > tail) {
                int slot = slot(oldHashes[i]);
                while (hashes[slot] != 0) {
                    slot = next(slot);
                }
                put(slot, oldHashes[i], oldSequences[i]);
            }
        }
    }

    private void resize(int slots) {
        long[] newHashes = new long[slots];
        long[] newSequences = new long[slots];
        memory.countHeap((long) BYTES_PER_SLOT * (slots - hashes.length));
        hashes = newHashes;
        sequences = newSequences;
        used = 0;
    }

    /** Frees the table. Writer only. */
    synchronized void close() {
        memory.countHeap(-(long) BYTES_PER_SLOT * hashes.length);
        hashes = EMPTY;
        sequences = EMPTY;
        used = 0;
    }

    private static long nonZero(long hash) {
        return hash == 0 ? 1 : hash;
    }

    private int slot(long hash) {
        return (int) (hash ^ hash >>> 32) & (hashes.length - 1);
    }

    private int next(int slot) {
        return (slot + 1) & (hashes.length - 1);
    }
}
