package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.hub.ChannelSpec;
import dev.hibiki.gateway.hub.ChannelTable;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events from Redis Pub/Sub. All its state changes on one thread of its own; messages go to the ingest on the thread of
 * the connection.
 *
 * <p>One life cycle serves the first connection and every later one: connect, subscribe, wait until Redis has confirmed
 * every channel and pattern, then watch with a ping. Whatever goes wrong ends that connection for good and begins again
 * after a jittered delay. Lettuce's own reconnection is off, because it only logs a subscription that Redis refuses, and
 * would leave a gateway that looks well and hears nothing.
 */
public final class RedisPubSubSource implements EventSource {
    private static final Logger log = LoggerFactory.getLogger(RedisPubSubSource.class);
    private static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
    private static final long CONFIRM_TIMEOUT_MS = 5_000;
    private static final long WATCH_INTERVAL_MS = 2_000;

    private final RedisClients clients;
    private final RedisClient client;
    private final Ingest ingest;
    private final String[] channels;
    private final String[] patterns;
    private final Backoff backoff = new Backoff();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "hibiki-redis");
        named.setDaemon(true);
        return named;
    });

    private @Nullable Link link;
    /** Since the last notice of a loss events have come, or would have come. */
    private volatile boolean lossPossible;

    private boolean failureLogged;
    private boolean closed;
    private volatile SourceState state;

    public RedisPubSubSource(RedisClients clients, ChannelTable table, Ingest ingest) {
        this.clients = clients;
        this.client = clients.newOneShotClient();
        this.ingest = ingest;
        this.channels = names(table, false);
        this.patterns = names(table, true);
        this.state = new SourceState(false, "connecting to Redis at " + clients.address());
    }

    private static String[] names(ChannelTable table, boolean pattern) {
        return table.entries().stream()
                .filter(entry -> entry.isPattern() == pattern)
                .map(ChannelSpec::name)
                .toArray(String[]::new);
    }

    /** One connection, from its first byte to its end. Its fields change on the source's thread. */
    private final class Link extends RedisPubSubAdapter<String, byte[]> implements RedisConnectionStateListener {
        private @Nullable StatefulRedisPubSubConnection<String, byte[]> connection;
        private @Nullable ScheduledFuture<?> timer;
        private volatile boolean heard;
        private int unconfirmed = channels.length + patterns.length;
        private boolean ended;

        @Override
        public void message(String channel, byte[] payload) {
            accept(channel, channel, payload);
        }

        @Override
        public void message(String pattern, String channel, byte[] payload) {
            accept(pattern, channel, payload);
        }

        /** Under a lock, so that nothing of this connection comes after the news that something was lost with it. */
        private synchronized void accept(String entry, String channel, byte[] payload) {
            if (!ended) {
                heard = true;
                lossPossible = true;
                ingest.accept(entry, channel, payload);
            }
        }

        private synchronized void end() {
            ended = true;
        }

        @Override
        public void subscribed(String channel, long count) {
            onThread(() -> onConfirmed(this));
        }

        @Override
        public void psubscribed(String pattern, long count) {
            onThread(() -> onConfirmed(this));
        }

        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> ended) {
            onThread(() -> fail(this, new IllegalStateException("the connection was closed")));
        }
    }

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
        Link opened = new Link();
        link = opened;
        client.connectPubSubAsync(CODEC, clients.uri())
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

    private void onConnected(Link opened, StatefulRedisPubSubConnection<String, byte[]> connection) {
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
        if (channels.length > 0) {
            connection
                    .async()
                    .subscribe(channels)
                    .whenCompleteAsync((done, failure) -> failIf(opened, failure), thread);
        }
        if (patterns.length > 0) {
            connection
                    .async()
                    .psubscribe(patterns)
                    .whenCompleteAsync((done, failure) -> failIf(opened, failure), thread);
        }
    }

    /** Before the new connection brings anything: then the notice lies between what came before and what comes after. */
    private void tellOfLoss() {
        if (lossPossible) {
            lossPossible = false;
            Stream.of(channels, patterns).flatMap(Arrays::stream).forEach(entry -> ingest.gap(entry, -1));
        }
    }

    private void onConfirmed(Link confirmed) {
        if (confirmed != link || --confirmed.unconfirmed > 0) {
            return;
        }
        backoff.reset();
        lossPossible = true;
        failureLogged = false;
        state = new SourceState(true, "subscribed to Redis at " + clients.address());
        log.info(
                "Subscribed to {} channels and {} patterns of Redis at {}",
                channels.length,
                patterns.length,
                clients.address());
        cancelTimer(confirmed);
        confirmed.timer = thread.scheduleWithFixedDelay(
                () -> watch(confirmed), WATCH_INTERVAL_MS, WATCH_INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    /**
     * A server that is frozen, or a network that swallows packets, closes nothing: only an unanswered ping tells. Where
     * messages come there is no need to ask, and the answer may be far behind them.
     */
    private void watch(Link watched) {
        StatefulRedisPubSubConnection<String, byte[]> connection = watched.connection;
        if (connection == null || watched.heard) {
            watched.heard = false;
            return;
        }
        connection
                .async()
                .ping()
                .whenCompleteAsync((pong, failure) -> failIf(watched, watched.heard ? null : failure), thread);
    }

    private void failIf(Link failing, @Nullable Throwable failure) {
        if (failure != null) {
            fail(failing, failure);
        }
    }

    private void fail(Link failing, Throwable failure) {
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

    private static void end(Link ended) {
        ended.end();
        cancelTimer(ended);
        if (ended.connection != null) {
            ended.connection.closeAsync();
        }
    }

    private static void cancelTimer(Link ended) {
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
        // Closes the connection too. To close it before would make Lettuce warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
