package dev.hibiki.gateway.drain;

import java.util.concurrent.TimeUnit;

/**
 * Counts how many turns are due at a rate; the first is due at once. After a long pause, only a few of the missed turns are
 * due. Confined to one thread.
 */
final class Pace {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    /** At most one turn is due at once, and in addition the turns of a second divided by this. */
    private static final int TURNS_PER_SECOND = 10;

    private double due = 1;
    private long lastNs;

    Pace(long nowNs) {
        this.lastNs = nowNs;
    }

    /**
     * Takes the turns that are due now.
     *
     * @param perSecond the rate since the last call; at 0 no turn is due, not even the first
     */
    int take(int perSecond, long nowNs) {
        if (perSecond > 0) {
            double most = 1 + (double) perSecond / TURNS_PER_SECOND;
            due = Math.min(most, due + (double) (nowNs - lastNs) * perSecond / SECOND_NS);
        }
        lastNs = nowNs;
        if (perSecond == 0) {
            return 0;
        }
        int whole = (int) due;
        due -= whole;
        return whole;
    }
}
