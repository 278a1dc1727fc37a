package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.hub.ChannelSpec;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events from Redis Pub/Sub. All its state changes on one thread of its own; messages go to the ingest on the thread of
 * the connection.
 *
 * <p>One life cycle serves the first connection and every later one: ask which Redis it is now, connect, subscribe, wait
 * until Redis has confirmed every channel and pattern, then watch: with a ping, and by asking whether this is still the
 * right Redis, since a master that was demoted or cut off from its peers answers pings too. Whatever goes wrong ends that connection for good and begins again
 * after a jittered delay. Lettuce's own reconnection is off, because it only logs a subscription that Redis refuses, and
 * would leave a gateway that looks well and hears nothing.
 */
public final class RedisPubSubSource implements EventSource {
    private static final Logger log = LoggerFactory.getLogger(RedisPubSubSource.class);
    private static final long CONFIRM_TIMEOUT_MS = 5_000;
    private static final long WATCH_INTERVAL_MS = 2_000;

    private final RedisClients clients;
    private final RedisClient client;
    private final Ingest ingest;
    private final String[] channels;
    private final String[] patterns;
    /** Stands for all of them where it matters which Redis serves them. */
    private final String anchor;

    private final Backoff backoff = new Backoff();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "hibiki-redis");
        named.setDaemon(true);
        return named;
    });

    private @Nullable PubSubLink link;
    /** Since the last notice of a loss events have come, or would have come. */
    private boolean lossPossible;

    private boolean failureLogged;
    private boolean closed;
    private volatile SourceState state;

    /** @param entries served by one Redis all of them */
    RedisPubSubSource(RedisClients clients, List<ChannelSpec> entries, Ingest ingest) {
        this.clients = clients;
        this.client = clients.newSubscribingClient();
        this.ingest = ingest;
        this.channels = names(entries, false);
        this.patterns = names(entries, true);
        this.anchor = entries.get(0).name();
        this.state = new SourceState(false, "connecting to Redis at " + clients.address());
    }

    private static String[] names(List<ChannelSpec> entries, boolean pattern) {
        return entries.stream()
                .filter(entry -> entry.isPattern() == pattern)
                .map(ChannelSpec::name)
                .toArray(String[]::new);
    }

    private final PubSubLink.Owner owner = new PubSubLink.Owner() {
        @Override
        public void confirmed(PubSubLink confirmed) {
            onThread(() -> onConfirmed(confirmed));
        }

        @Override
        public void ended(PubSubLink ended, String reason) {
            onThread(() -> fail(ended, new IllegalStateException(reason)));
        }
    };

    /** Lettuce may still call back while this source closes. */
    private void onThread(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("Too late, the source is closed", e);
        }
    }

    @Override
    public void start() {
        thread.execute(this::connect);
    }

    private void connect() {
        if (closed) {
            return;
        }
        PubSubLink opened = new PubSubLink(ingest, owner, channels.length + patterns.length);
        link = opened;
        clients.locate(anchor)
                .thenComposeAsync(node -> dial(opened, node), thread)
                .whenCompleteAsync(
                        (connection, failure) -> {
                            if (failure != null) {
                                fail(opened, failure);
                            } else {
                                onConnected(opened, connection);
                            }
                        },
                        thread);
    }

    private CompletionStage<StatefulRedisPubSubConnection<String, byte[]>> dial(PubSubLink opened, RedisURI node) {
        opened.node = node;
        return clients.attempts().begin(() -> client.connectPubSubAsync(RedisClients.CODEC, node));
    }

    private void onConnected(PubSubLink opened, StatefulRedisPubSubConnection<String, byte[]> connection) {
        if (opened != link) {
            connection.closeAsync();
            return;
        }
        opened.connection = connection;
        connection.addListener((RedisPubSubListener<String, byte[]>) opened);
        connection.addListener((RedisConnectionStateListener) opened);
        opened.timer = thread.schedule(
                () -> fail(opened, new IllegalStateException(opened.unconfirmed + " subscriptions were not confirmed")),
                CONFIRM_TIMEOUT_MS,
                TimeUnit.MILLISECONDS);
        tellOfLoss();
        if (clients.isSharded()) {
            // One by one: a slot that is not here is refused, and a command may not name channels of several slots.
            for (String channel : channels) {
                require(opened, connection.async().ssubscribe(channel));
            }
        } else if (channels.length > 0) {
            require(opened, connection.async().subscribe(channels));
        }
        if (patterns.length > 0) {
            require(opened, connection.async().psubscribe(patterns));
        }
    }

    /** Before the new connection brings anything: then the notice lies between what came before and what comes after. */
    private void tellOfLoss() {
        if (lossPossible) {
            lossPossible = false;
            Stream.of(channels, patterns).flatMap(Arrays::stream).forEach(entry -> ingest.gap(entry, -1));
        }
    }

    private void require(PubSubLink opened, CompletionStage<Void> outcome) {
        outcome.whenCompleteAsync((done, failure) -> failIf(opened, failure), thread);
    }

    private void onConfirmed(PubSubLink confirmed) {
        if (confirmed != link || --confirmed.unconfirmed > 0) {
            return;
        }
        backoff.reset();
        lossPossible = true;
        failureLogged = false;
        String node = RedisClients.address(Objects.requireNonNull(confirmed.node));
        state = new SourceState(true, "subscribed to Redis at " + node);
        log.info("Subscribed to {} channels and {} patterns of Redis at {}", channels.length, patterns.length, node);
        cancelTimer(confirmed);
        confirmed.timer = thread.scheduleWithFixedDelay(
                () -> watch(confirmed), WATCH_INTERVAL_MS, WATCH_INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    /**
     * A server that is frozen, or a network that swallows packets, closes nothing: only an unanswered ping tells. Where
     * messages come there is no need to ask, and the answer may be far behind them.
     */
    private void watch(PubSubLink watched) {
        StatefulRedisPubSubConnection<String, byte[]> connection = watched.connection;
        if (watched.node != null) {
            require(watched, clients.confirm(watched.node, anchor));
        }
        if (connection == null || watched.heard) {
            watched.heard = false;
            return;
        }
        connection
                .async()
                .ping()
                .whenCompleteAsync((pong, failure) -> failIf(watched, watched.heard ? null : failure), thread);
    }

    private void failIf(PubSubLink failing, @Nullable Throwable failure) {
        if (failure != null) {
            fail(failing, failure);
        }
    }

    private void fail(PubSubLink failing, Throwable failure) {
        if (failing != link || closed) {
            return;
        }
        link = null;
        end(failing);
        String reason = RedisFailure.reason(failure);
        state = new SourceState(false, "no Redis at " + clients.address() + ": " + reason);
        long delayMs = backoff.nextDelayMs();
        if (failureLogged) {
            log.debug("Still no Redis at {}: {}; next try in {} ms", clients.address(), reason, delayMs);
        } else {
            failureLogged = true;
            log.warn("Lost Redis at {}: {}; trying again until it is back", clients.address(), reason);
        }
        thread.schedule(this::connect, delayMs, TimeUnit.MILLISECONDS);
    }

    private void end(PubSubLink ended) {
        lossPossible |= ended.end();
        cancelTimer(ended);
        if (ended.connection != null) {
            ended.connection.closeAsync();
        }
    }

    private static void cancelTimer(PubSubLink ended) {
        if (ended.timer != null) {
            ended.timer.cancel(false);
        }
    }

    @Override
    public SourceState state() {
        return state;
    }

    @Override
    public String name() {
        return "redis-pubsub";
    }

    @Override
    public void close() {
        thread.execute(() -> {
            closed = true;
            if (link != null) {
                cancelTimer(link);
            }
        });
        thread.shutdown();
        clients.attempts().close();
        // Closes the connection too. To close it before would make Lettuce warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
