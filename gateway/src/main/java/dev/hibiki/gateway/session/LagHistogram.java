package dev.hibiki.gateway.session;

import java.util.List;

/** The lag of the sessions of one loop. Its loop fills it and then publishes it; from then on it does not change. */
final class LagHistogram {
    /** In bytes. */
    static final List<Long> BOUNDS = List.of(0L, 1L << 16, 1L << 20, 1L << 23);

    private final int[] over = new int[BOUNDS.size()];
    private long max;

    void add(long bytes) {
        max = Math.max(max, bytes);
        for (int i = 0; i < over.length && bytes > BOUNDS.get(i); i++) {
            over[i]++;
        }
    }

    /** The lag of the slowest session, in bytes. */
    long max() {
        return max;
    }

    /** How many sessions lag by more than the bound with this index. */
    int over(int bound) {
        return over[bound];
    }
}
