package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.ingress.ProbePlan;
import dev.hibiki.gateway.ingress.SourceHealth;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries out the way through Redis: publishes under a name of its own, and waits for that to come back on the connection that
 * brings the events. A connection that is open, and answers pings, but brings nothing any more would else be taken for a
 * quiet one. Confined to the thread of the source's {@link RedisLifeCycle}, but for {@link #name} and {@link #amend}.
 */
public final class RedisProbe {
    private static final Logger log = LoggerFactory.getLogger(RedisProbe.class);
    private static final long RETURN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);
    /** Behind so much of other things it may be lost, and another one is sent. */
    private static final long LOST_AFTER_NS = TimeUnit.SECONDS.toNanos(30);

    private final RedisClients clients;
    private final ProbePlan plan;
    private final String name;
    private final Way way;

    private boolean listening;
    private boolean refusalLogged;
    private boolean readOnlyLogged;
    private long sequence;
    private long sentNs;
    private boolean underWay;
    /** From here on its return is waited for. */
    private long dueSinceNs;

    /** When the connection that it is published over was there. */
    private volatile long publishingNs;

    private boolean published;
    private long messagesBefore;
    private long troubleSinceNs;
    private volatile @Nullable String trouble;

    /** How events of the source's kind go through Redis. */
    public interface Way {
        /** Publishes under this name. */
        CompletionStage<?> publish(RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload);

        /** What a Redis user must be granted, as a rule of its ACL. */
        String grants();
    }

    /** @param anchor a channel or key that the same Redis serves */
    public RedisProbe(RedisClients clients, ProbePlan plan, String anchor, Way way) {
        this.clients = clients;
        this.plan = plan;
        this.name = plan.nameBeside(anchor);
        this.way = way;
    }

    /** The channel or key that it is published to. */
    public String name() {
        return name;
    }

    /** Whether the connection that is there brings what is published under {@link #name}. */
    public boolean isListening() {
        return listening;
    }

    /** The same, and why nothing can be tried out, though events may come. */
    public SourceHealth amend(SourceHealth state) {
        String now = trouble;
        return state.ready() && now != null ? new SourceHealth(true, state.detail() + "; " + now) : state;
    }

    /**
     * The connection brings events.
     *
     * @param ask asks that it bring canaries too; completes when it will, or Redis refuses that
     */
    public void begin(RedisLifeCycle.Link link, Supplier<? extends CompletionStage<?>> ask) {
        if (plan.intervalMs() == 0) {
            return;
        }
        ask.get()
                .whenComplete((done, failure) -> link.run(() -> {
                    if (failure == null) {
                        listening = true;
                        tick(link, 0);
                    } else {
                        refused(failure);
                    }
                }));
    }

    /** @param messages how many the connection has brought so far: one that brings some is not dead, however far behind */
    public void tick(RedisLifeCycle.Link link, long messages) {
        long now = System.nanoTime();
        if (!listening) {
            return;
        }
        if (!underWay) {
            if (sequence == 0 || now - sentNs >= TimeUnit.MILLISECONDS.toNanos(plan.intervalMs())) {
                send(link, now);
            }
        } else if (messages != messagesBefore) {
            dueSinceNs = now;
            underWay = now - sentNs < LOST_AFTER_NS;
        } else if (published && now - dueSinceNs > RETURN_TIMEOUT_NS) {
            plan.metrics().canaryFailed("return");
            clients.reconnect();
            link.fail(new IllegalStateException("the connection brings nothing any more: what was published "
                    + TimeUnit.NANOSECONDS.toMillis(now - sentNs) + " ms ago did not come back"));
        }
        messagesBefore = messages;
    }

    private void send(RedisLifeCycle.Link link, long now) {
        underWay = true;
        published = false;
        sentNs = now;
        dueSinceNs = now;
        byte[] payload = Long.toString(++sequence).getBytes(StandardCharsets.US_ASCII);
        clients.once(name, commands -> {
                    publishingNs = System.nanoTime();
                    return way.publish(commands, name, payload);
                })
                .whenComplete((done, failure) -> link.run(() -> onPublished(failure)));
    }

    private void onPublished(@Nullable Throwable failure) {
        if (failure == null) {
            published = true;
            dueSinceNs = System.nanoTime();
            trouble = null;
            return;
        }
        underWay = false;
        clients.locate(name); // Perhaps it is served elsewhere by now.
        if (isRefusal(failure)) {
            refused(failure);
            return;
        }
        if (RedisFailure.reason(failure).startsWith("READONLY")) {
            readOnly();
            return;
        }
        plan.metrics().canaryFailed("publish");
        if (trouble == null) {
            troubleSinceNs = sentNs;
        }
        trouble = "the canary cannot be published for "
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - troubleSinceNs) + " s: "
                + RedisFailure.reason(failure);
    }

    /** A replica, which may bring all there is, and may become the master. */
    private void readOnly() {
        trouble = null;
        if (!readOnlyLogged) {
            readOnlyLogged = true;
            log.warn(
                    "Dead connections to Redis are not looked for, since {} leads to a replica, where nothing can be published",
                    clients.address());
        }
    }

    /** Something came back under {@link #name}. */
    public void returned(byte[] payload, long nowNs) {
        if (underWay && Long.toString(sequence).equals(new String(payload, StandardCharsets.US_ASCII))) {
            underWay = false;
            plan.metrics().canaryReturned("redis", nowNs - publishingNs);
            plan.next().accept(nowNs);
        }
    }

    private void refused(Throwable failure) {
        listening = false;
        trouble = null;
        if (!refusalLogged && isRefusal(failure)) {
            refusalLogged = true;
            log.warn(
                    "Dead connections to Redis are not looked for, since it refuses {}: {}. Grant its user {}, or set"
                            + " --canary-interval-ms 0",
                    name,
                    RedisFailure.reason(failure),
                    way.grants());
        } else {
            log.debug("No canary on this connection: {}", RedisFailure.reason(failure));
        }
    }

    private static boolean isRefusal(Throwable failure) {
        return RedisFailure.reason(failure).startsWith("NOPERM");
    }

    /** The connection has ended. */
    public void ended() {
        listening = false;
        underWay = false;
        trouble = null;
    }
}
