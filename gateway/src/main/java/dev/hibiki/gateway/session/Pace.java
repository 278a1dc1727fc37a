package dev.hibiki.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * How many of something are due, at so many a second: the first at once. What was not asked for in time is not made up
 * for in one go. Confined to one thread.
 */
final class Pace {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    /** What is due in one go is at most one, and what a second gives divided by this. */
    private static final int TURNS_PER_SECOND = 10;

    private final int perSecond;
    private final double most;
    private double due = 1;
    private long lastNs;

    Pace(int perSecond, long nowNs) {
        this.perSecond = perSecond;
        this.most = 1 + (double) perSecond / TURNS_PER_SECOND;
        this.lastNs = nowNs;
    }

    /** How many are due now that were not before. */
    int take(long nowNs) {
        due = Math.min(most, due + (double) (nowNs - lastNs) * perSecond / SECOND_NS);
        lastNs = nowNs;
        int whole = (int) due;
        due -= whole;
        return whole;
    }
}
