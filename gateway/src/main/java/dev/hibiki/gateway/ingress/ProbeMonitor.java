package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.util.function.LongConsumer;

/**
 * Takes the results of a source's probes. Thread-safe.
 *
 * <p>A connection may be open and bring nothing. So a source publishes a probe at an interval, in the way that events are
 * published, and waits until it comes back in the way that events come. A probe is no event: it never reaches the ingest.
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
     * @param leg the name of the way through this source in the metric, such as {@code redis}
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
