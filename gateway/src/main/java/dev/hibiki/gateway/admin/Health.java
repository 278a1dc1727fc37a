package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.canary.DeliveryCanary;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.drain.Capacity;
import dev.hibiki.gateway.drain.Drain;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.sources.Ingress;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway tells proxies and supervisors of itself: whether it wants clients, and how many, and whether only a
 * restart helps. Thread-safe.
 */
public final class Health {
    private static final int WHOLE = 100;
    private static final double LEAST = 0.05;

    private static final double EASY_LAG_SECONDS = 0.05;
    private static final double HARD_LAG_SECONDS = 1;
    private static final double EASY_HEAP = 0.7;
    private static final double HARD_HEAP = 0.95;
    private static final double FATAL_HEAP = 0.98;

    private final Ingress ingress;
    private final Sessions sessions;
    private final Drain drain;
    private final DeliveryCanary deliveries;
    private final List<MemoryPoolMXBean> heaps = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .filter(MemoryPoolMXBean::isCollectionUsageThresholdSupported)
            .toList();

    private final double loopTimeoutSeconds;

    public Health(
            GatewayConfig.Operations settings,
            Ingress ingress,
            Sessions sessions,
            DeliveryCanary deliveries,
            Drain drain) {
        this.loopTimeoutSeconds = settings.loopTimeoutMs() / 1e3;
        this.ingress = ingress;
        this.sessions = sessions;
        this.deliveries = deliveries;
        this.drain = drain;
    }

    /** Shows these figures in the metrics. */
    public void register(GatewayMetrics metrics) {
        metrics.gauge("hibiki.agent.weight", "The share of clients, in percent, that is wanted", this::weight);
        metrics.gauge(
                "hibiki.source.up",
                "1 while events can arrive, 0 while Redis is away",
                "source",
                ingress.source().name(),
                () -> ingress.source().state().ready() ? 1 : 0);
    }

    /** Not "ready" when the process should be restarted. That Redis is away is no reason. */
    public SourceHealth liveness() {
        return liveness(sessions.lagSeconds(), deliveries.failingSeconds(), loopTimeoutSeconds, heapInUse());
    }

    /** Why the process should be restarted; null while it should not. */
    public @Nullable String fatal() {
        SourceHealth liveness = liveness();
        return liveness.ready() ? null : liveness.detail();
    }

    static SourceHealth liveness(
            double lagSeconds, double failingSeconds, double loopTimeoutSeconds, double heapInUse) {
        if (lagSeconds > loopTimeoutSeconds) {
            return new SourceHealth(false, "an event loop has been stuck for " + Math.round(lagSeconds) + " s");
        }
        if (failingSeconds > loopTimeoutSeconds) {
            return new SourceHealth(
                    false, "an event loop has delivered nothing for " + Math.round(failingSeconds) + " s");
        }
        if (heapInUse >= FATAL_HEAP) {
            return new SourceHealth(
                    false, Math.round(heapInUse * WHOLE) + "% of the heap are in use after a collection");
        }
        return new SourceHealth(true, "alive");
    }

    public SourceHealth readiness() {
        return drain.isBegun()
                ? new SourceHealth(false, "draining, since the gateway ends")
                : readiness(ingress.source().state(), deliveries.failure(), deliveries.trouble());
    }

    /** Events must arrive here, and leave. */
    public static SourceHealth readiness(SourceHealth source, @Nullable String failure, @Nullable String trouble) {
        if (failure != null) {
            return new SourceHealth(false, source.ready() ? failure : source.detail() + "; " + failure);
        }
        return trouble == null ? source : new SourceHealth(source.ready(), source.detail() + "; " + trouble);
    }

    /**
     * What HAProxy's agent-check reads (configuration manual, section 5.2, agent-check). {@code maint} keeps it from looking
     * for a process that ends as planned, and from taking its absence for a failure. {@code ready} takes back what the process
     * said that was here before.
     */
    public String agentLine() {
        if (drain.isBegun()) {
            return drain.isOver() ? "maint" : "drain";
        }
        SourceHealth readiness = readiness();
        return readiness.ready() ? "ready up " + weight() + '%' : "ready down #" + readiness.detail();
    }

    /**
     * What a gateway is told that sends its clients here.
     *
     * @param handshakeRate how many sessions may begin a second; 0 for no limit
     * @param overBudget how many were refused because of that
     */
    public Capacity intake(int handshakeRate, long overBudget) {
        return new Capacity(readiness().ready() && !drain.isAsked(), weight(), handshakeRate, overBudget);
    }

    /** Which share of its clients, in percent, this gateway can bear more of. */
    int weight() {
        return weight(sessions.lagSeconds(), heapInUse());
    }

    /** @param heapInUse what the last collection has left of the fullest part, from 0 to 1 */
    static int weight(double lagSeconds, double heapInUse) {
        double share =
                Math.min(share(lagSeconds, EASY_LAG_SECONDS, HARD_LAG_SECONDS), share(heapInUse, EASY_HEAP, HARD_HEAP));
        return (int) Math.round(WHOLE * share);
    }

    /** All up to what is easy, next to nothing from what is hard, and between them in proportion. */
    private static double share(double value, double easy, double hard) {
        return Math.max(LEAST, Math.min(1, 1 - (value - easy) / (hard - easy) * (1 - LEAST)));
    }

    private double heapInUse() {
        double most = 0;
        for (MemoryPoolMXBean heap : heaps) {
            MemoryUsage left = heap.getCollectionUsage();
            if (left != null && left.getMax() > 0) {
                most = Math.max(most, (double) left.getUsed() / left.getMax());
            }
        }
        return most;
    }
}
