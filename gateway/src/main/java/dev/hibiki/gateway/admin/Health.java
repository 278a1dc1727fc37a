package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.canary.DeliveryCanary;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.drain.Capacity;
import dev.hibiki.gateway.drain.Drain;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.HeapUse;
import dev.hibiki.gateway.session.Sessions;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The state of the gateway for proxies and supervisors: liveness (should the process be restarted?), readiness (should it
 * get clients?) and weight (how many of them?). Thread-safe.
 */
public final class Health {
    private static final int PERCENT = 100;
    private static final double MIN_SHARE = 0.05;

    private static final double NORMAL_LAG_SECONDS = 0.05;
    private static final double CRITICAL_LAG_SECONDS = 1;
    private static final double NORMAL_HEAP = 0.7;
    private static final double CRITICAL_HEAP = HeapUse.FULL;
    private static final double FATAL_HEAP = 0.98;

    private final EventSource source;
    private final Supplier<@Nullable String> losing;
    private final Supplier<@Nullable String> ended;
    private final Sessions sessions;
    private final Drain drain;
    private final DeliveryCanary deliveries;
    private final double loopTimeoutSeconds;
    private final boolean allChannels;
    private final Supplier<@Nullable String> acceptTrouble;
    private final List<String> channels;

    /**
     * Makes the health of a gateway.
     *
     * @param losing says why events that have arrived are lost; null while none are
     * @param ended names a thread that has ended, so that only a restart helps; null while all live
     * @param acceptTrouble says why connections of clients cannot be accepted; null when they can
     */
    public Health(
            GatewayConfig config,
            EventSource source,
            Supplier<@Nullable String> losing,
            Supplier<@Nullable String> ended,
            Supplier<@Nullable String> acceptTrouble,
            Sessions sessions,
            DeliveryCanary deliveries,
            Drain drain) {
        this.acceptTrouble = acceptTrouble;
        this.loopTimeoutSeconds = config.operations().loopTimeoutMs() / 1e3;
        this.allChannels = config.operations().requireAllChannels();
        this.channels = config.channels();
        this.source = source;
        this.losing = losing;
        this.ended = ended;
        this.sessions = sessions;
        this.deliveries = deliveries;
        this.drain = drain;
    }

    /** Registers the weight and the state of the source as metrics. */
    public void register(GatewayMetrics metrics) {
        metrics.gauge("hibiki.agent.weight", "The share of clients, in percent, that is wanted", this::weight);
        metrics.gauge(
                "hibiki.source.up",
                "1 while events can arrive, 0 while Redis is away",
                "source",
                source.name(),
                () -> source.health().ready() ? 1 : 0);
        metrics.gauge(
                "hibiki.accepting",
                "1 while connections of clients can be accepted, 0 while that fails",
                () -> acceptTrouble.get() == null ? 1 : 0);
        channels.forEach(channel -> metrics.gauge(
                "hibiki.channel.up",
                "1 while the events of the channel can arrive",
                "channel",
                channel,
                () -> source.health().isReadable(channel) ? 1 : 0));
    }

    /** Not "ready" when the process should be restarted. A failure of Redis is not a reason for a restart. */
    public SourceHealth liveness() {
        String dead = dead();
        if (dead != null) {
            return new SourceHealth(false, dead);
        }
        return liveness(sessions.lagSeconds(), deliveries.failingSeconds(), loopTimeoutSeconds, HeapUse.share());
    }

    private @Nullable String dead() {
        String loop = ended.get();
        return loop == null ? source.fatal() : loop;
    }

    /** The reason for a restart of the process; null when it needs none. */
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
                    false, Math.round(heapInUse * PERCENT) + "% of the heap are in use after a collection");
        }
        return new SourceHealth(true, "alive");
    }

    public SourceHealth readiness() {
        if (drain.isBegun()) {
            return new SourceHealth(false, "draining, since the gateway ends");
        }
        String failure = Stream.<Supplier<@Nullable String>>of(
                        this::dead, losing, Health::heapTrouble, acceptTrouble, deliveries::failure)
                .map(Supplier::get)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        return readiness(byChannels(source.health(), allChannels), failure, deliveries.trouble());
    }

    private static @Nullable String heapTrouble() {
        double share = HeapUse.share();
        return share < HeapUse.FULL
                ? null
                : Math.round(share * PERCENT) + "% of the heap are in use after a collection, so no client is let in";
    }

    /**
     * Turns the state of the channels into one answer.
     *
     * @param all true when one channel that cannot be read is enough for "not ready"
     */
    static SourceHealth byChannels(SourceHealth source, boolean all) {
        return new SourceHealth(source.ready() && !(all && !source.unreadable().isEmpty()), source.describe());
    }

    /**
     * Ready when events arrive from the source and are delivered.
     *
     * @param failure why no events are delivered; null when they are
     * @param trouble a problem that does not change readiness but is shown; null when there is none
     */
    public static SourceHealth readiness(SourceHealth source, @Nullable String failure, @Nullable String trouble) {
        if (failure != null) {
            return new SourceHealth(false, source.ready() ? failure : source.detail() + "; " + failure);
        }
        return trouble == null ? source : new SourceHealth(source.ready(), source.detail() + "; " + trouble);
    }

    /**
     * The answer to HAProxy's agent-check (configuration manual, section 5.2, agent-check). With {@code maint}, HAProxy
     * stops its health checks and does not count the planned end of the process as a failure. {@code ready} cancels the
     * {@code maint} or {@code drain} of the process that had this address before.
     */
    public String agentLine() {
        if (drain.isBegun()) {
            return drain.isOver() ? "maint" : "drain";
        }
        SourceHealth readiness = readiness();
        return readiness.ready() ? "ready up " + weight() + '%' : "ready down #" + readiness.detail();
    }

    /**
     * The capacity of this gateway, for a peer that drains its clients to it.
     *
     * @param handshakeRate the most new sessions per second; 0 for no limit
     * @param overBudget the number of sessions that this limit has refused
     */
    public Capacity intake(int handshakeRate, long overBudget) {
        return new Capacity(readiness().ready() && !drain.isAsked(), weight(), handshakeRate, overBudget);
    }

    /** The share of its normal number of new clients that this gateway can take, in percent. */
    int weight() {
        return weight(sessions.lagSeconds(), HeapUse.share());
    }

    /** @param heapInUse the use of the fullest memory pool after its last collection, from 0 to 1 */
    static int weight(double lagSeconds, double heapInUse) {
        double share = Math.min(
                share(lagSeconds, NORMAL_LAG_SECONDS, CRITICAL_LAG_SECONDS),
                share(heapInUse, NORMAL_HEAP, CRITICAL_HEAP));
        return (int) Math.round(PERCENT * share);
    }

    /** 1 up to the normal value, {@link #MIN_SHARE} from the critical value on, and linear between them. */
    private static double share(double value, double normal, double critical) {
        return Math.max(MIN_SHARE, Math.min(1, 1 - (value - normal) / (critical - normal) * (1 - MIN_SHARE)));
    }
}
