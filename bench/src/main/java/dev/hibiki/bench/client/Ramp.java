package dev.hibiki.bench.client;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Connections still to be opened by one loop: no faster than a rate, no more than a few under way. Confined to its loop. */
final class Ramp {
    private static final long NS_PER_SECOND = 1_000_000_000;

    private final int maxUnderWay;
    private final ArrayDeque<ClientSpec> waiting = new ArrayDeque<>();
    private long periodNs;
    private long nextNs;
    private int underWay;

    Ramp(int maxUnderWay) {
        this.maxUnderWay = maxUnderWay;
    }

    void add(Iterable<ClientSpec> specs, double perSecond, long nowNs) {
        specs.forEach(waiting::add);
        periodNs = (long) (NS_PER_SECOND / perSecond);
        nextNs = nowNs;
    }

    /** The next client to open now; null when it is not time yet. */
    @Nullable ClientSpec next(long nowNs) {
        if (waiting.isEmpty() || underWay >= maxUnderWay || nowNs < nextNs) {
            return null;
        }
        nextNs += periodNs;
        underWay++;
        return waiting.poll();
    }

    /** One that was under way is open, or failed. */
    void settled() {
        underWay--;
    }

    boolean idle() {
        return waiting.isEmpty();
    }

    void clear() {
        waiting.clear();
    }
}
