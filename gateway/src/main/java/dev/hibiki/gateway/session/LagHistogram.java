package dev.hibiki.gateway.session;

import java.util.List;

/** How far the sessions of one loop are behind. Filled by its loop, and not changed once others can see it. */
final class LagHistogram {
    /** The bounds of the distribution, in bytes. */
    static final List<Long> BOUNDS = List.of(0L, 1L << 16, 1L << 20, 1L << 23);

    private final int[] over = new int[BOUNDS.size()];
    private long max;

    void add(long bytes) {
        max = Math.max(max, bytes);
        for (int i = 0; i < over.length && bytes > BOUNDS.get(i); i++) {
            over[i]++;
        }
    }

    /** Of the slowest session, in bytes. */
    long max() {
        return max;
    }

    /** How many sessions are further behind than this bound. */
    int over(int bound) {
        return over[bound];
    }
}
