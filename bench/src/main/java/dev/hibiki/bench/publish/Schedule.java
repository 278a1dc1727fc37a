package dev.hibiki.bench.publish;

import java.util.concurrent.TimeUnit;

/** When the i-th event of a phase is due, in nanoseconds after the phase began. Waits for nobody. */
@FunctionalInterface
public interface Schedule {
    /** Every event is due at once: as fast as the broker takes them. */
    Schedule BLAST = i -> Long.MIN_VALUE;

    long dueNs(long i);

    static Schedule steady(double perSecond) {
        double periodNs = TimeUnit.SECONDS.toNanos(1) / perSecond;
        return i -> (long) (i * periodNs);
    }

    /** Groups of {@code size} events at once, one group every {@code everyNs}. */
    static Schedule bursts(int size, long everyNs) {
        return i -> i / size * everyNs;
    }

    /** How many events are due before {@code ns}. */
    default long eventsBefore(long ns) {
        long low = 0;
        long high = 1;
        while (dueNs(high) < ns) {
            low = high;
            high *= 2;
        }
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (dueNs(middle) < ns) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
