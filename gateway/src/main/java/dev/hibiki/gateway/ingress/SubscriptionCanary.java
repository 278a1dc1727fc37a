package dev.hibiki.gateway.ingress;

import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries out a subscription: publishes on a channel of its own, and waits for that to come back on the connection that
 * brings the events. A connection that is open, and answers pings, but brings nothing any more would else be taken for a
 * quiet one. Confined to the thread of the source's {@link RedisLifeCycle}, but for {@link #channel} and {@link #trouble}.
 */
final class SubscriptionCanary {
    private static final Logger log = LoggerFactory.getLogger(SubscriptionCanary.class);
    private static final long RETURN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);

    private final RedisClients clients;
    private final CanaryPlan plan;
    private final String channel;

    private boolean subscribed;
    private boolean refusalLogged;
    private long sequence;
    private long sentNs;
    private boolean underWay;
    /** From here on its return is waited for. */
    private long dueSinceNs;

    private boolean published;
    private long messagesBefore;
    private long troubleSinceNs;
    private volatile @Nullable String trouble;

    /** @param anchor a channel that the same Redis serves */
    SubscriptionCanary(RedisClients clients, CanaryPlan plan, String anchor) {
        this.clients = clients;
        this.plan = plan;
        this.channel = plan.channelBeside(anchor);
    }

    String channel() {
        return channel;
    }

    /** Why nothing can be tried out, though events may come; null while all is well. */
    @Nullable String trouble() {
        return trouble;
    }

    /** The source's own subscriptions on this connection are confirmed. */
    void begin(RedisLifeCycle.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
        if (plan.intervalMs() == 0) {
            return;
        }
        (clients.isSharded()
                        ? connection.async().ssubscribe(channel)
                        : connection.async().subscribe(channel))
                .whenComplete((done, failure) -> link.run(() -> {
                    if (failure == null) {
                        subscribed = true;
                        tick(link, 0);
                    } else {
                        refused(failure);
                    }
                }));
    }

    /** @param messages how many the connection has brought so far: one that brings some is not dead, however far behind */
    void tick(RedisLifeCycle.Link link, long messages) {
        long now = System.nanoTime();
        if (!subscribed) {
            return;
        }
        if (!underWay) {
            if (sequence == 0 || now - sentNs >= TimeUnit.MILLISECONDS.toNanos(plan.intervalMs())) {
                send(link, now);
            }
        } else if (messages != messagesBefore) {
            dueSinceNs = now;
        } else if (published && now - dueSinceNs > RETURN_TIMEOUT_NS) {
            plan.metrics().canaryFailed("return");
            link.fail(new IllegalStateException("the subscription is dead: what was published "
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
        clients.commands(channel)
                .thenCompose(commands ->
                        clients.isSharded() ? commands.spublish(channel, payload) : commands.publish(channel, payload))
                .whenComplete((receivers, failure) -> link.run(() -> onPublished(failure)));
    }

    private void onPublished(@Nullable Throwable failure) {
        if (failure == null) {
            published = true;
            dueSinceNs = System.nanoTime();
            trouble = null;
            return;
        }
        underWay = false;
        clients.locate(channel); // Perhaps it is served elsewhere by now.
        if (isRefusal(failure)) {
            refused(failure);
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

    /** Something came back on {@link #channel}. */
    void returned(byte[] payload, long nowNs) {
        if (underWay && Long.toString(sequence).equals(new String(payload, StandardCharsets.US_ASCII))) {
            underWay = false;
            plan.metrics().canaryReturned("redis", nowNs - sentNs);
            plan.next().accept(nowNs);
        }
    }

    private void refused(Throwable failure) {
        subscribed = false;
        if (!refusalLogged && isRefusal(failure)) {
            refusalLogged = true;
            log.warn(
                    "Dead subscriptions are not looked for, since Redis refuses {}: {}. Grant its user {}, or set"
                            + " --canary-interval-ms 0",
                    channel,
                    RedisFailure.reason(failure),
                    CanaryPlan.grants());
        } else {
            log.debug("No canary on this connection: {}", RedisFailure.reason(failure));
        }
    }

    private static boolean isRefusal(Throwable failure) {
        return RedisFailure.reason(failure).startsWith("NOPERM");
    }

    /** The connection has ended. */
    void ended() {
        subscribed = false;
        underWay = false;
        trouble = null;
    }
}
