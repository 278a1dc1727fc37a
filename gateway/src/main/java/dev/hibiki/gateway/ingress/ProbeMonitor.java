package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.util.function.LongConsumer;

/**
 * Takes from a source how its probes fare. Thread-safe.
 *
 * <p>A connection may be open and bring nothing. So a source publishes something of its own at an interval, the way that
 * events go, and waits until it comes back the way that events come. It is no event: the source keeps it from the ingest.
 */
public final class ProbeMonitor {
    private final int intervalMs;
    private final GatewayMetrics metrics;
    private final LongConsumer onReturn;

    /**
     * Makes a monitor.
     *
     * @param intervalMs 0 for no probes
     * @param onReturn told when a probe has come back, in the time of the source's clock
     */
    public ProbeMonitor(int intervalMs, GatewayMetrics metrics, LongConsumer onReturn) {
        this.intervalMs = intervalMs;
        this.metrics = metrics;
        this.onReturn = onReturn;
    }

    /** Returns the time from one probe to the next; 0 when there are to be none. */
    public int intervalMs() {
        return intervalMs;
    }

    /**
     * Takes note that a probe has come back.
     *
     * @param leg what the metric calls the way through this source, such as {@code redis}
     */
    public void returned(String leg, long publishedNs, long nowNs) {
        metrics.canaryReturned(leg, nowNs - publishedNs);
        onReturn.accept(nowNs);
    }

    /** Takes note that a probe could not be published. */
    public void notPublished() {
        metrics.canaryFailed("publish");
    }

    /** Takes note that a probe was published and did not come back. */
    public void notReturned() {
        metrics.canaryFailed("return");
    }
}
