package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.ingress.ProbeMonitor;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes the way through Redis: publishes under a name of its own, and waits for that to come back on the connection that
 * brings the events. Without it, a connection that is open and answers pings but brings nothing would look like a quiet one.
 * Confined to the thread of the feed's {@link RedisLifeCycle}, except {@link #name} and {@link #amend}.
 */
public final class RedisProbe {
    /** Names with this prefix are those of probes, of this gateway or of others. */
    public static final String PREFIX = "hibiki:canary:";

    private static final Logger log = LoggerFactory.getLogger(RedisProbe.class);
    private static final long RETURN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);
    /** A probe may be lost while events come. After this time the next one is sent. */
    private static final long LOST_AFTER_NS = TimeUnit.SECONDS.toNanos(30);

    /** After a refusal, Redis is asked again so often: somebody may have granted the right. */
    private static final long ASK_AGAIN_NS = TimeUnit.MINUTES.toNanos(1);

    private static final OutageLog.Words UNPUBLISHED = new OutageLog.Words(
            "The canary cannot be published to Redis at {}: {}. Events still arrive, but a dead connection is not noticed;"
                    + " trying again",
            "The canary cannot be published to Redis at {} for {}: {}; still trying",
            "The canary is published to Redis at {} again after {}");

    private final RedisClients clients;
    private final ProbeMonitor monitor;
    private final LongSupplier nanoClock;
    private final String name;
    private final String redis;
    private final ProbePublisher publisher;
    private final OutageLog outages;

    /** Asks for the probes on the current connection; null while there is nothing to ask. */
    private @Nullable Supplier<? extends CompletionStage<?>> asking;

    private long askedNs;
    private boolean listening;
    private boolean refusalLogged;
    private boolean readOnlyLogged;
    private long sequence;
    private long sentNs;
    private boolean underWay;
    /** The time since which the gateway waits for the probe's return. */
    private long dueSinceNs;

    /** The time at which the probe was published, on a connection that was ready. */
    private volatile long publishingNs;

    private boolean published;
    private long messagesBefore;
    private volatile long troubleSinceNs;
    private volatile @Nullable String trouble;

    /** Publishes a probe in the way that events of this kind of source are published. */
    public interface ProbePublisher {
        /** Publishes under this name. */
        CompletionStage<?> publish(RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload);

        /** Returns the rights that a user of Redis needs for this, as a rule of its ACL. */
        String grants();
    }

    /** @param anchor a channel or key that the same Redis serves */
    public RedisProbe(RedisClients clients, SourceContext context, String anchor, ProbePublisher publisher) {
        this.clients = clients;
        this.monitor = context.probes();
        this.nanoClock = context.nanoClock();
        this.name = nameBeside(anchor);
        this.redis = clients.described(null, List.of(anchor));
        this.outages = new OutageLog(log, nanoClock, UNPUBLISHED, UNPUBLISHED);
        this.publisher = publisher;
    }

    /** Returns a channel or key that no other probe has, with the {@link #tag} of the anchor. */
    static String nameBeside(String anchor) {
        return PREFIX + UUID.randomUUID() + ':' + tag(anchor);
    }

    /**
     * Returns the end of a name that a cluster puts into the slot of the anchor (Redis Cluster specification, hash tags). An
     * anchor with a closing brace and no tag is an exception: no other name can be made for its slot.
     */
    static String tag(String anchor) {
        int opening = anchor.indexOf('{');
        int closing = anchor.indexOf('}', opening + 1);
        String tag = opening >= 0 && closing > opening + 1 ? anchor.substring(opening + 1, closing) : anchor;
        return '{' + tag + '}';
    }

    /** Returns the channel or key that probes are published to. */
    public String name() {
        return name;
    }

    /** Returns true when the current connection brings what is published under {@link #name}. */
    public boolean isListening() {
        return listening;
    }

    /** Adds the reason why probing is not possible now. Events may still come. */
    public SourceHealth amend(SourceHealth health) {
        String now = trouble;
        return health.ready() && now != null
                ? health.with("the canary cannot be published for "
                        + OutageLog.spoken(nanoClock.getAsLong() - troubleSinceNs) + ": " + now)
                : health;
    }

    /**
     * Begins on a connection that brings events.
     *
     * @param ask asks Redis for the probes on this connection; completes when they will come, fails when Redis refuses
     */
    public void begin(ConnectionHandler.Link link, Supplier<? extends CompletionStage<?>> ask) {
        if (monitor.intervalMs() == 0) {
            return;
        }
        asking = ask;
        askedNs = nanoClock.getAsLong();
        ask.get()
                .whenComplete((done, failure) -> link.run(() -> {
                    if (failure == null) {
                        listening = true;
                        tick(link, 0);
                    } else {
                        onRefused(failure);
                    }
                }));
    }

    /**
     * Sends a probe when one is due, and ends the connection when one did not return.
     *
     * @param messages the number of messages that the connection has brought so far: while it grows the connection is not
     *     dead, however far behind it is
     */
    public void tick(ConnectionHandler.Link link, long messages) {
        long nowNs = nanoClock.getAsLong();
        if (!listening) {
            if (asking != null && nowNs - askedNs >= ASK_AGAIN_NS) {
                begin(link, asking);
            }
            return;
        }
        if (!underWay) {
            if (sequence == 0 || nowNs - sentNs >= TimeUnit.MILLISECONDS.toNanos(monitor.intervalMs())) {
                send(link, nowNs);
            }
        } else if (messages != messagesBefore) {
            dueSinceNs = nowNs;
            underWay = nowNs - sentNs < LOST_AFTER_NS;
        } else if (published && nowNs - dueSinceNs > RETURN_TIMEOUT_NS) {
            monitor.notReturned();
            clients.reconnect();
            link.fail(new IllegalStateException("the connection brings nothing any more: what was published "
                    + OutageLog.spoken(nowNs - sentNs) + " ago did not come back"));
        }
        messagesBefore = messages;
    }

    private void send(ConnectionHandler.Link link, long nowNs) {
        underWay = true;
        published = false;
        sentNs = nowNs;
        dueSinceNs = nowNs;
        byte[] payload = Long.toString(++sequence).getBytes(StandardCharsets.US_ASCII);
        clients.callAsNewClient(name, commands -> {
                    publishingNs = nanoClock.getAsLong();
                    return publisher.publish(commands, name, payload);
                })
                .whenComplete((done, failure) -> link.run(() -> onPublished(failure)));
    }

    private void onPublished(@Nullable Throwable failure) {
        if (failure == null) {
            published = true;
            dueSinceNs = nanoClock.getAsLong();
            trouble = null;
            outages.ended(redis);
            return;
        }
        underWay = false;
        clients.locate(name); // Another Redis may serve it by now.
        if (isRefusal(failure)) {
            onRefused(failure);
            return;
        }
        if (RedisFailure.isOf(failure, "READONLY")) {
            onReadOnly();
            return;
        }
        monitor.notPublished();
        if (trouble == null) {
            troubleSinceNs = sentNs;
        }
        String reason = RedisFailure.reason(failure);
        trouble = outages.reason(reason);
        outages.failed(redis, reason);
    }

    /** A replica may bring all events, and may become the master. */
    private void onReadOnly() {
        trouble = null;
        outages.forget();
        if (!readOnlyLogged) {
            readOnlyLogged = true;
            log.warn(
                    "Dead connections to Redis are not looked for, since {} leads to a replica, where nothing can be published",
                    clients.address());
        }
    }

    /** Takes what came back under {@link #name}. */
    public void returned(byte[] payload, long nowNs) {
        if (underWay && Long.toString(sequence).equals(new String(payload, StandardCharsets.US_ASCII))) {
            underWay = false;
            monitor.returned("redis", publishingNs, nowNs);
            if (refusalLogged) {
                refusalLogged = false;
                log.info("Dead connections to Redis are looked for again: it takes {} now", name);
            }
        }
    }

    /** Stops probing for a while, since the connection does not bring what is published under {@link #name}. */
    public void onRefused(Throwable failure) {
        listening = false;
        askedNs = nanoClock.getAsLong();
        underWay = false;
        trouble = null;
        outages.forget();
        if (!refusalLogged && isRefusal(failure)) {
            refusalLogged = true;
            log.warn(
                    "Dead connections to Redis are not looked for, since it refuses {}: {}. Grant its user {}, or set"
                            + " --canary-interval-ms 0",
                    name,
                    RedisFailure.reason(failure),
                    publisher.grants());
        } else {
            log.debug("No canary on this connection: {}", RedisFailure.reason(failure));
        }
    }

    private static boolean isRefusal(Throwable failure) {
        return RedisFailure.isRefusal(failure);
    }

    /** Forgets the probe that is under way: the connection has ended. */
    public void ended() {
        asking = null;
        listening = false;
        underWay = false;
        trouble = null;
    }
}
