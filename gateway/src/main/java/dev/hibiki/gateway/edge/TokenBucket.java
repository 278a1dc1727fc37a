package dev.hibiki.gateway.edge;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits a rate, with bursts. Thread-safe, without a lock. The only state is the time at which the bucket will be full again
 * (the generic cell rate algorithm, ITU-T I.371).
 */
final class TokenBucket {
    private final long intervalNs;
    private final long emptyNs;
    private final AtomicLong fullAtNs;

    /**
     * @param perSecond at least 1
     * @param burst at least 1
     * @param nowNs the current time, by the same clock as in all later calls
     */
    TokenBucket(int perSecond, int burst, long nowNs) {
        this.intervalNs = intervalNs(perSecond);
        this.emptyNs = burst * intervalNs;
        this.fullAtNs = new AtomicLong(nowNs);
    }

    static long intervalNs(int perSecond) {
        return TimeUnit.SECONDS.toNanos(1) / perSecond;
    }

    boolean take(long nowNs) {
        while (true) {
            long before = fullAtNs.get();
            long after = afterTaking(before, nowNs, intervalNs);
            if (after - nowNs > emptyNs) {
                return false;
            }
            if (fullAtNs.compareAndSet(before, after)) {
                return true;
            }
        }
    }

    /** The time at which a bucket will be full again after one token is taken. */
    static long afterTaking(long fullAtNs, long nowNs, long intervalNs) {
        return (fullAtNs - nowNs > 0 ? fullAtNs : nowNs) + intervalNs;
    }
}
