package dev.hibiki.gateway.edge;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * So many a second on average, and so many at once. Thread-safe, without a lock. What is kept of a bucket is one time: when
 * it will be full again (the generic cell rate algorithm, ITU-T I.371).
 */
final class TokenBucket {
    private final long intervalNs;
    private final long emptyNs;
    private final AtomicLong fullAtNs;

    /**
     * @param perSecond at least 1
     * @param burst at least 1
     * @param nowNs now, on the clock of all later calls
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

    /** When a bucket will be full again that one more is taken from. */
    static long afterTaking(long fullAtNs, long nowNs, long intervalNs) {
        return (fullAtNs - nowNs > 0 ? fullAtNs : nowNs) + intervalNs;
    }
}
