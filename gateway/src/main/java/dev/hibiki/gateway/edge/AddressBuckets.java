package dev.hibiki.gateway.edge;

import java.util.Arrays;

/**
 * A {@link TokenBucket} for each address, in a table of fixed size. Thread-safe, by one lock, which is held for a few
 * comparisons.
 *
 * <p>A full bucket needs no entry, so its slot is free for another address. With 20 ms between tokens, about four thousand
 * slots are enough for all addresses of the last moments. When a set has no free slot, the bucket nearest to full is
 * dropped. That can only admit a client too many, never refuse one.
 */
final class AddressBuckets {
    private static final int SETS = 1024;
    private static final int WAYS = 4;

    private final long intervalNs;
    private final long emptyNs;
    private final long[] keys = new long[SETS * WAYS];
    private final long[] fullAtNs = new long[SETS * WAYS];

    AddressBuckets(int perSecond, int burst, long nowNs) {
        this.intervalNs = TokenBucket.intervalNs(perSecond);
        this.emptyNs = burst * intervalNs;
        Arrays.fill(fullAtNs, nowNs);
    }

    synchronized boolean take(long key, long nowNs) {
        int slot = find(key, nowNs);
        long after = TokenBucket.afterTaking(fullAtNs[slot], nowNs, intervalNs);
        if (after - nowNs > emptyNs) {
            return false;
        }
        fullAtNs[slot] = after;
        return true;
    }

    private int find(long key, long nowNs) {
        int first = (AddressKey.hash(key) & SETS - 1) * WAYS;
        int fullest = first;
        for (int slot = first; slot < first + WAYS; slot++) {
            if (keys[slot] == key) {
                return slot;
            }
            if (fullAtNs[slot] - fullAtNs[fullest] < 0) {
                fullest = slot;
            }
        }
        keys[fullest] = key;
        fullAtNs[fullest] = nowNs;
        return fullest;
    }
}
