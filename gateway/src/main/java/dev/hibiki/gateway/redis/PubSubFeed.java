package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.hub.ChannelProgress;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the events of Redis Pub/Sub. Its state changes on the thread of its {@link RedisLifeCycle}; messages go to the
 * ingest on the thread of the connection.
 *
 * <p>On each connection it subscribes and waits until Redis has confirmed every channel and pattern. Events that were
 * published between two subscriptions are lost, and the gap is reported before the new connection brings anything.
 */
final class PubSubFeed implements RedisFeed {
    private static final Logger log = LoggerFactory.getLogger(PubSubFeed.class);
    private static final long CONFIRM_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    /** How often the feed looks whether clients are still on their way to another gateway. */
    private static final long MARK_POLL_MS = 250;

    private final RedisClients clients;
    private final Ingest ingest;
    private final String[] channels;
    private final String[] patterns;
    private final RedisLifeCycle<StatefulRedisPubSubConnection<String, byte[]>> lifeCycle;

    private final LongSupplier nanoClock;
    private final RedisProbe probe;
    private final DrainMarks marks;
    private final String anchor;

    private @Nullable PubSubListener listener;
    private int unconfirmed;
    private long subscribedNs;
    /** True when all subscriptions have been confirmed once. */
    private volatile boolean everConfirmed;
    /** True from the start until no clients of a gateway that ended are on their way to another one. */
    private volatile boolean leavingToOthers;
    /** True when events have come, or could have come, since the last gap was reported. */
    private boolean lossPossible;

    /** @param entries all of them served by one Redis */
    PubSubFeed(RedisClients clients, List<ChannelSpec> entries, SourceContext context, DrainMarks marks) {
        this.clients = clients;
        this.ingest = context.ingest();
        this.nanoClock = context.nanoClock();
        this.channels = names(entries, false);
        this.patterns = names(entries, true);
        this.marks = marks;
        this.anchor = entries.get(0).name();
        this.leavingToOthers = channels.length > 0;
        this.probe = new RedisProbe(clients, context, anchor, new ProbeMessage());
        this.lifeCycle = new RedisLifeCycle<>(
                clients,
                clients.newSubscribingClient(),
                entries.stream().map(ChannelSpec::name).toList(),
                "no",
                new Subscribing());
        entries.forEach(entry -> ingest.follow(entry.name(), newProgress()));
    }

    /** Makes the progress of one entry. Pub/Sub has no past to load: clients wait only for the first subscription. */
    ChannelProgress newProgress() {
        // A node of a cluster sends its own messages earlier than those of other nodes, so each node has another order.
        boolean ordered = !clients.isCluster() || clients.isSharded();
        return new ChannelProgress() {
            @Override
            public boolean isLoaded() {
                return everConfirmed;
            }

            @Override
            public Object order() {
                return ordered ? PubSubFeed.this : this;
            }
        };
    }

    private static String[] names(List<ChannelSpec> entries, boolean pattern) {
        return entries.stream()
                .filter(entry -> entry.isPattern() == pattern)
                .map(ChannelSpec::name)
                .toArray(String[]::new);
    }

    @Override
    public void start() {
        lifeCycle.start();
    }

    private final class Subscribing
            implements RedisLifeCycle.ConnectionHandler<StatefulRedisPubSubConnection<String, byte[]>> {
        @Override
        public CompletionStage<StatefulRedisPubSubConnection<String, byte[]>> dial(RedisClient client, RedisURI node) {
            return client.connectPubSubAsync(RedisClients.CODEC, node);
        }

        @Override
        public void connected(RedisLifeCycle.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            listener = new PubSubListener(
                    ingest,
                    () -> link.run(() -> onConfirmed(link, connection)),
                    reason -> link.fail(new IllegalStateException(reason)),
                    probe.name(),
                    payload -> {
                        long nowNs = nanoClock.getAsLong();
                        link.run(() -> probe.returned(payload, nowNs));
                    });
            unconfirmed = channels.length + patterns.length;
            subscribedNs = nanoClock.getAsLong();
            connection.addListener((RedisPubSubListener<String, byte[]>) listener);
            reportGap();
            if (clients.isSharded()) {
                // One by one: a slot that is not here is refused, and a command may not name channels of several slots.
                for (String channel : channels) {
                    link.require(connection.async().ssubscribe(channel));
                }
            } else if (channels.length > 0) {
                link.require(connection.async().subscribe(channels));
            }
            if (patterns.length > 0) {
                link.require(connection.async().psubscribe(patterns));
            }
        }

        /** Before the new connection brings anything: then the notice lies between the events before the gap and those after. */
        private void reportGap() {
            if (lossPossible) {
                lossPossible = false;
                Stream.of(channels, patterns).flatMap(Arrays::stream).forEach(entry -> ingest.gap(entry, -1));
            }
        }

        private void onConfirmed(RedisLifeCycle.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            if (--unconfirmed == 0) {
                lossPossible = true;
                if (!everConfirmed) {
                    everConfirmed = true;
                    ingest.progressed();
                }
                String node = link.ready("subscribed to");
                log.info(
                        "Subscribed to {} channels and {} patterns of Redis at {}",
                        channels.length,
                        patterns.length,
                        node);
                if (leavingToOthers) {
                    leaveToOthers(link);
                }
                probe.begin(
                        link,
                        () -> clients.isSharded()
                                ? connection.async().ssubscribe(probe.name())
                                : connection.async().subscribe(probe.name()));
            }
        }

        private void leaveToOthers(RedisLifeCycle.Link link) {
            marks.remainingMs(anchor, channels[0])
                    .thenAccept(remainingMs -> link.run(() -> {
                        leavingToOthers = remainingMs > 0;
                        if (leavingToOthers) {
                            link.runLater(() -> leaveToOthers(link), Math.min(remainingMs, MARK_POLL_MS));
                        }
                    }));
        }

        /**
         * A server that is frozen, or a network that swallows packets, closes nothing: only a ping without an answer tells.
         * While messages come no ping is needed, and its answer could be far behind them.
         */
        @Override
        public void watch(RedisLifeCycle.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            PubSubListener watched = listener;
            if (unconfirmed > 0) {
                if (nanoClock.getAsLong() - subscribedNs > CONFIRM_TIMEOUT_NS) {
                    link.fail(new IllegalStateException(unconfirmed + " subscriptions were not confirmed"));
                }
                return;
            }
            if (watched != null) {
                probe.tick(link, watched.messages());
            }
            if (watched != null && !watched.hasHeard()) {
                connection.async().ping().whenComplete((pong, failure) -> {
                    if (failure != null && !watched.hasHeard()) {
                        link.fail(failure);
                    }
                });
            }
        }

        @Override
        public void ended() {
            probe.ended();
            if (listener != null) {
                lossPossible |= listener.end();
                listener = null;
            }
        }
    }

    /** A probe is a message. */
    private final class ProbeMessage implements RedisProbe.ProbePublisher {
        @Override
        public CompletionStage<?> publish(
                RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload) {
            return clients.isSharded() ? commands.spublish(name, payload) : commands.publish(name, payload);
        }

        @Override
        public String grants() {
            return '&' + RedisProbe.PREFIX + "* +subscribe +publish";
        }
    }

    @Override
    public SourceHealth health() {
        SourceHealth health = probe.amend(lifeCycle.health());
        return health.ready() && leavingToOthers
                ? new SourceHealth(
                        false, health.detail() + "; clients of a gateway that has ended go to another one first")
                : health;
    }

    @Override
    public CompletionStage<?> clientsSentAway(int withinMs) {
        return channels.length > 0 ? marks.leave(anchor, withinMs) : RedisFeed.super.clientsSentAway(withinMs);
    }

    @Override
    public void close() {
        lifeCycle.close();
    }
}
