package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbePlan;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events from Redis Pub/Sub. Its state changes on the thread of its {@link RedisLifeCycle}; messages go to the ingest on
 * the thread of the connection.
 *
 * <p>On each connection it subscribes and waits until Redis has confirmed every channel and pattern. From then on whatever
 * was published while it was not subscribed is a loss, and is reported as such.
 */
public final class RedisPubSubSource implements EventSource {
    private static final Logger log = LoggerFactory.getLogger(RedisPubSubSource.class);
    private static final long CONFIRM_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

    private final RedisClients clients;
    private final Ingest ingest;
    private final String[] channels;
    private final String[] patterns;
    private final RedisLifeCycle<StatefulRedisPubSubConnection<String, byte[]>> lifeCycle;

    private final RedisProbe canary;

    private @Nullable PubSubListener listener;
    private int unconfirmed;
    private long subscribedNs;
    /** Since the last notice of a loss events have come, or would have come. */
    private boolean lossPossible;

    /** @param entries served by one Redis all of them */
    public RedisPubSubSource(RedisClients clients, List<ChannelSpec> entries, Ingest ingest, ProbePlan plan) {
        this.clients = clients;
        this.ingest = ingest;
        this.channels = names(entries, false);
        this.patterns = names(entries, true);
        this.canary = new RedisProbe(clients, plan, entries.get(0).name(), new Published());
        this.lifeCycle = new RedisLifeCycle<>(
                clients, clients.newSubscribingClient(), entries.get(0).name(), "no", new Subscribing());
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

    private final class Subscribing implements RedisLifeCycle.User<StatefulRedisPubSubConnection<String, byte[]>> {
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
                    canary.name(),
                    payload -> {
                        long nowNs = System.nanoTime();
                        link.run(() -> canary.returned(payload, nowNs));
                    });
            unconfirmed = channels.length + patterns.length;
            subscribedNs = System.nanoTime();
            connection.addListener((RedisPubSubListener<String, byte[]>) listener);
            tellOfLoss();
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

        /** Before the new connection brings anything: then the notice lies between what came before and what comes after. */
        private void tellOfLoss() {
            if (lossPossible) {
                lossPossible = false;
                Stream.of(channels, patterns).flatMap(Arrays::stream).forEach(entry -> ingest.gap(entry, -1));
            }
        }

        private void onConfirmed(RedisLifeCycle.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            if (--unconfirmed == 0) {
                lossPossible = true;
                String node = link.ready("subscribed to");
                log.info(
                        "Subscribed to {} channels and {} patterns of Redis at {}",
                        channels.length,
                        patterns.length,
                        node);
                canary.begin(
                        link,
                        () -> clients.isSharded()
                                ? connection.async().ssubscribe(canary.name())
                                : connection.async().subscribe(canary.name()));
            }
        }

        /**
         * A server that is frozen, or a network that swallows packets, closes nothing: only an unanswered ping tells. Where
         * messages come there is no need to ask, and the answer may be far behind them.
         */
        @Override
        public void watch(RedisLifeCycle.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            PubSubListener watched = listener;
            if (unconfirmed > 0) {
                if (System.nanoTime() - subscribedNs > CONFIRM_TIMEOUT_NS) {
                    link.fail(new IllegalStateException(unconfirmed + " subscriptions were not confirmed"));
                }
                return;
            }
            if (watched != null) {
                canary.tick(link, watched.messages());
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
            canary.ended();
            if (listener != null) {
                lossPossible |= listener.end();
                listener = null;
            }
        }
    }

    /** How a canary goes. */
    private final class Published implements RedisProbe.Way {
        @Override
        public CompletionStage<?> publish(
                RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload) {
            return clients.isSharded() ? commands.spublish(name, payload) : commands.publish(name, payload);
        }

        @Override
        public String grants() {
            return '&' + ProbePlan.PREFIX + "* +subscribe +publish";
        }
    }

    @Override
    public SourceHealth state() {
        return canary.amend(lifeCycle.state());
    }

    @Override
    public String name() {
        return clients.isSharded() ? "redis-sharded-pubsub" : "redis-pubsub";
    }

    @Override
    public void close() {
        lifeCycle.close();
    }
}
