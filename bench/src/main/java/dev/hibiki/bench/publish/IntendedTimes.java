package dev.hibiki.bench.publish;

import java.util.Arrays;

/** When each event of a phase was to be sent. The publisher's thread writes it; others read it when the phase is over. */
public final class IntendedTimes {
    private static final int MAX_EVENTS = 1 << 22;

    private long[] ns = new long[1024];
    private int size;

    void add(long intendedNs) {
        if (size == MAX_EVENTS) {
            return;
        }
        if (size == ns.length) {
            ns = Arrays.copyOf(ns, 2 * size);
        }
        ns[size++] = intendedNs;
    }

    /** The i-th event's time; -1 beyond what was kept. */
    public long get(long i) {
        return i < size ? ns[(int) i] : -1;
    }
}
