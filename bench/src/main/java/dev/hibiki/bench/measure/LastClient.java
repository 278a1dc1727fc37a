package dev.hibiki.bench.measure;

import java.util.List;
import java.util.function.LongUnaryOperator;
import org.HdrHistogram.Histogram;

/**
 * How long each event took to reach the last of its sampled clients, put together from what the loops saw.
 *
 * <p>Sampled clients stand evenly in the order of connecting, which is the order of most servers' sweeps: the last of a
 * hundred among a thousand comes within one percent of the very last.
 */
public final class LastClient {
    private final List<PhaseStats> loops;
    private final Histogram times = PhaseStats.newHistogram();
    private long incomplete;

    public LastClient(List<PhaseStats> loops) {
        this.loops = loops;
    }

    /**
     * Looks at the phase's events 0 to {@code events}.
     *
     * @param intendedNs when an event was to be sent, by its number in the phase; negative when that is not known
     * @param clients how many sampled clients an event has, by its number in the phase
     */
    public LastClient collect(long events, LongUnaryOperator intendedNs, LongUnaryOperator clients) {
        int followed = (int) Math.min(events, PhaseStats.MAX_EVENTS);
        for (int i = 0; i < followed; i++) {
            long intended = intendedNs.applyAsLong(i);
            if (intended < 0) {
                continue;
            }
            long count = 0;
            long last = Long.MIN_VALUE;
            for (PhaseStats loop : loops) {
                long inLoop = loop.count(i);
                count += inLoop;
                last = inLoop > 0 ? Math.max(last, loop.lastNs(i)) : last;
            }
            if (count > 0 && count >= clients.applyAsLong(i)) {
                PhaseStats.record(times, last - intended);
            } else {
                incomplete++;
            }
        }
        return this;
    }

    public Histogram times() {
        return times;
    }

    /** Events that some sampled client never got. */
    public long incomplete() {
        return incomplete;
    }
}
