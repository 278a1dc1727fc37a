package dev.hibiki.bench.measure;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * One loop's deliveries of one phase. Confined to its loop until the phase is over, then the reporter's.
 *
 * <p>Of each event it keeps how many of the loop's sampled clients have it and when the last one got it: two neighbouring
 * slots of one array, so that counting a delivery touches one cache line.
 */
public final class PhaseStats {
    /** Events beyond this many are not followed one by one (memory); they are still counted. */
    static final int MAX_EVENTS = 1 << 22;

    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(10);
    private static final int INITIAL_EVENTS = 1024;

    private final long first;
    private final Histogram latency = newHistogram();
    private long[] countAndLastNs = new long[2 * INITIAL_EVENTS];
    private long deliveries;

    /** Counts events whose number is {@code first} or higher. */
    public PhaseStats(long first) {
        this.first = first;
    }

    /** A histogram of nanoseconds, from one microsecond to ten minutes, good to three digits. */
    public static Histogram newHistogram() {
        return new Histogram(1_000, LONGEST_NS, 3);
    }

    /** Records nanoseconds, within what the histogram can hold. */
    public static void record(Histogram histogram, long ns) {
        histogram.recordValue(Math.max(0, Math.min(ns, LONGEST_NS)));
    }

    /** One client got the event {@code number}. */
    public void delivered(long number) {
        if (number >= first) {
            deliveries++;
        }
    }

    /** A sampled client got the event {@code number} now; it had been due at {@code intendedNs}. */
    public void sampled(long number, long intendedNs, long nowNs) {
        long index = number - first;
        if (index < 0) {
            return;
        }
        record(latency, nowNs - intendedNs);
        if (index < MAX_EVENTS) {
            int slot = 2 * (int) index;
            if (slot >= countAndLastNs.length) {
                countAndLastNs = Arrays.copyOf(countAndLastNs, Math.max(slot + 2, 2 * countAndLastNs.length));
            }
            countAndLastNs[slot]++;
            countAndLastNs[slot + 1] = nowNs;
        }
    }

    /** One client got an event whose number was not looked at. */
    public void deliveredUnread() {
        deliveries++;
    }

    public long deliveries() {
        return deliveries;
    }

    public Histogram latency() {
        return latency;
    }

    long count(int index) {
        return 2 * index < countAndLastNs.length ? countAndLastNs[2 * index] : 0;
    }

    long lastNs(int index) {
        return 2 * index < countAndLastNs.length ? countAndLastNs[2 * index + 1] : 0;
    }
}
