package dev.hibiki.gateway.drain;

import java.util.concurrent.TimeUnit;

/**
 * How many of something are due, at so many a second: the first at once. What was not asked for in time is not made up
 * for in one go. Confined to one thread.
 */
final class Pace {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    /** What is due in one go is at most one, and what a second gives divided by this. */
    private static final int TURNS_PER_SECOND = 10;

    private double due = 1;
    private long lastNs;

    Pace(long nowNs) {
        this.lastNs = nowNs;
    }

    /**
     * How many are due now that were not before.
     *
     * @param perSecond how many have become due a second since the last time; none become so at 0, not even the first
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
