package dev.hibiki.gateway.redis.pubsub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.hub.ChannelProgress;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.redis.AnswerFilter;
import dev.hibiki.gateway.redis.ConnectionHandler;
import dev.hibiki.gateway.redis.DrainMarks;
import dev.hibiki.gateway.redis.RedisClients;
import dev.hibiki.gateway.redis.RedisFailure;
import dev.hibiki.gateway.redis.RedisFeed;
import dev.hibiki.gateway.redis.RedisLifeCycle;
import dev.hibiki.gateway.redis.RedisProbe;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the events of Redis Pub/Sub. Its state changes on the thread of its {@link RedisLifeCycle}; messages go to the
 * ingest on the thread of the connection.
 *
 * <p>On each connection it subscribes, and waits until Redis has confirmed or refused every channel and pattern
 * ({@link PubSubEntries}). Those that were refused are tried again by themselves, and the others go on. Events that were published
 * between two subscriptions are lost, and the gap is reported before the new subscription brings anything.
 */
final class PubSubFeed implements RedisFeed {
    private static final Logger log = LoggerFactory.getLogger(PubSubFeed.class);
    /** How often the feed looks whether clients are still on their way to another gateway. */
    private static final long MARK_POLL_MS = 250;

    private final RedisClients clients;
    private final Ingest ingest;
    private final PubSubEntries entries;
    private final boolean hasChannels;
    private final RedisLifeCycle<StatefulRedisPubSubConnection<String, byte[]>> lifeCycle;
    private final LongSupplier nanoClock;
    private final RedisProbe probe;
    private final DrainMarks marks;
    private final String anchor;
    private @Nullable PubSubListener listener;
    /** That of the newest connection. */
    private volatile @Nullable AnswerFilter filter;
    /** The address of Redis; null until it has answered to all subscriptions. */
    private @Nullable String node;

    private boolean retryPlanned;
    /** True from the start until no clients of a gateway that ended are on their way to another one. */
    private volatile boolean leavingToOthers;

    /** @param specs all of them served by one Redis */
    PubSubFeed(RedisClients clients, List<ChannelSpec> specs, SourceContext context, DrainMarks marks) {
        this.clients = clients;
        this.ingest = context.ingest();
        this.nanoClock = context.nanoClock();
        // A node of a cluster sends its own messages earlier than those of other nodes, so each node has another order.
        this.entries = new PubSubEntries(
                specs, !clients.isCluster() || clients.isSharded() ? this : null, clients.isSharded());
        this.hasChannels = specs.stream().anyMatch(spec -> !spec.isPattern());
        this.marks = marks;
        this.anchor = specs.get(0).name();
        this.leavingToOthers = hasChannels;
        this.probe = new RedisProbe(clients, context, anchor, new ProbeMessage());
        this.lifeCycle = new RedisLifeCycle<>(
                clients,
                clients.newSubscribingClient(this::newFilter),
                specs.stream().map(ChannelSpec::name).toList(),
                "no",
                new Subscribing());
        specs.forEach(spec -> ingest.follow(spec.name(), progress(spec.name())));
    }

    private AnswerFilter newFilter() {
        AnswerFilter made = AnswerFilter.patient(AnswerFilter.limit(ingest.maxEventBytes()));
        filter = made;
        return made;
    }

    /** Returns the progress of one of the entries. */
    ChannelProgress progress(String entry) {
        return entries.get(entry);
    }

    @Override
    public void start() {
        lifeCycle.start();
    }

    private final class Subscribing implements ConnectionHandler<StatefulRedisPubSubConnection<String, byte[]>> {
        private long broughtBefore;

        @Override
        public CompletionStage<StatefulRedisPubSubConnection<String, byte[]>> dial(RedisClient client, RedisURI node) {
            return client.connectPubSubAsync(RedisClients.CODEC, node);
        }

        @Override
        public void connected(ConnectionHandler.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            node = null;
            retryPlanned = false;
            entries.begin();
            listener = new PubSubListener(
                    ingest,
                    name -> {
                        entries.get(name).onConfirmed(ingest);
                        link.run(() -> {
                            entries.onSubscribed(name);
                            onAnswer(link, connection);
                        });
                    },
                    reason -> link.fail(new IllegalStateException(reason)),
                    probe.name(),
                    payload -> {
                        long nowNs = nanoClock.getAsLong();
                        link.run(() -> probe.returned(payload, nowNs));
                    });
            connection.addListener((RedisPubSubListener<String, byte[]>) listener);
            subscribe(link, connection);
        }

        /** Sends the subscriptions that are due, all in one go. */
        private void subscribe(ConnectionHandler.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            List<PubSubEntry> due = entries.next();
            if (due.isEmpty()) {
                return;
            }
            connection.setAutoFlushCommands(false);
            try {
                for (PubSubEntry entry : due) {
                    entry.ask(connection.async(), clients.isSharded()).whenComplete((done, failure) -> {
                        if (failure != null) {
                            link.run(() -> onFailure(link, connection, entry, failure));
                        }
                    });
                }
            } finally {
                connection.setAutoFlushCommands(true);
            }
            connection.flushCommands();
        }

        private void onFailure(
                ConnectionHandler.Link link,
                StatefulRedisPubSubConnection<String, byte[]> connection,
                PubSubEntry entry,
                Throwable failure) {
            if (RedisFailure.isOfCommand(failure)) {
                entries.onRefused(entry, RedisFailure.reason(failure));
                onAnswer(link, connection);
            } else {
                link.fail(failure);
            }
        }

        private void onAnswer(ConnectionHandler.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            subscribe(link, connection);
            if (!entries.areAnswered()) {
                return;
            }
            String refusal = entries.refusal();
            if (refusal != null) {
                link.fail(new IllegalStateException(refusal));
                return;
            }
            if (entries.load()) {
                ingest.progressed();
            }
            String address = node == null ? begin(link, connection) : node;
            entries.tell(address);
            if (!entries.unreadable().isEmpty() && !retryPlanned) {
                retryPlanned = true;
                link.runLater(() -> retry(link, connection), entries.retryDelayMs());
            }
        }

        private void retry(ConnectionHandler.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            retryPlanned = false;
            entries.retry();
            subscribe(link, connection);
        }

        /** @return the address of Redis */
        private String begin(ConnectionHandler.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            String address = link.ready("subscribed to");
            node = address;
            long all = entries.subscribed().count();
            long patterns = entries.subscribed().filter(PubSubEntry::isPattern).count();
            log.info("Subscribed to {} channels and {} patterns of Redis at {}", all - patterns, patterns, address);
            if (leavingToOthers) {
                leaveToOthers(link);
            }
            probe.begin(
                    link,
                    () -> clients.isSharded()
                            ? connection.async().ssubscribe(probe.name())
                            : connection.async().subscribe(probe.name()));
            return address;
        }

        private void leaveToOthers(ConnectionHandler.Link link) {
            CompletionStage<Long> asked = entries.subscribed()
                    .filter(entry -> !entry.isPattern())
                    .findFirst()
                    .map(entry -> marks.remainingMs(anchor, entry.name()))
                    .orElseGet(() -> CompletableFuture.completedFuture(0L));
            asked.thenAccept(remainingMs -> link.run(() -> {
                leavingToOthers = remainingMs > 0;
                if (leavingToOthers) {
                    link.runLater(() -> leaveToOthers(link), Math.min(remainingMs, MARK_POLL_MS));
                }
            }));
        }

        /**
         * A server that is frozen, or a network that swallows packets, closes nothing: only a ping without an answer tells.
         * While messages come, or the rest of a large one, no ping is needed, and its answer could be far behind them.
         */
        @Override
        public void watch(ConnectionHandler.Link link, StatefulRedisPubSubConnection<String, byte[]> connection) {
            PubSubListener watched = listener;
            if (watched == null) {
                return;
            }
            AnswerFilter of = Objects.requireNonNull(filter);
            long brought = watched.messages() + of.laterReads();
            probe.tick(link, brought);
            if (brought == broughtBefore) {
                long readsBefore = of.reads();
                connection.async().ping().whenComplete((pong, failure) -> {
                    if (failure != null && of.reads() == readsBefore) {
                        link.fail(failure);
                    }
                });
            }
            broughtBefore = brought;
        }

        @Override
        public void ended() {
            probe.ended();
            if (listener != null) {
                listener.end();
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
        if (!health.ready()) {
            return health;
        }
        return leavingToOthers
                ? new SourceHealth(
                        false, health.detail() + "; clients of a gateway that has ended go to another one first")
                : new SourceHealth(true, health.detail(), entries.unreadable());
    }

    @Override
    public boolean isStarting() {
        return lifeCycle.isStarting() || (leavingToOthers && lifeCycle.health().ready());
    }

    @Override
    public CompletionStage<?> clientsSentAway(int withinMs) {
        return hasChannels ? marks.leave(anchor, withinMs) : RedisFeed.super.clientsSentAway(withinMs);
    }

    @Override
    public void close() {
        lifeCycle.close();
    }
}
