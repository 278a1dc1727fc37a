package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.hub.ChannelSpec;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events from Redis Streams: every gateway reads every entry, from where it was. All its state changes on one thread of
 * its own, which also hands the entries on; while that waits for slow loops no more is asked for, and the stream itself
 * is the buffer.
 *
 * <p>One life cycle serves the first connection and every later one: connect, ask where the streams stand, read until
 * there, and from then on read what comes. The first time the end of each stream is loaded before. Whatever goes wrong
 * ends that connection for good and begins again after a jittered delay, at the last entry read; so nothing is lost that
 * Redis still has, and of what it has no more the loss is told. No ping is needed to watch an idle connection: a read
 * comes back after a while even when there is nothing, or times out.
 */
public final class RedisStreamSource implements EventSource {
    private static final Logger log = LoggerFactory.getLogger(RedisStreamSource.class);
    private static final long WATCH_INTERVAL_MS = 2_000;
    private static final int CLOSE_TIMEOUT_MS = 5_000;

    private final RedisClients clients;
    private final RedisClient client;
    private final StreamReader reader;
    private final int streams;
    /** Stands for all of them where it matters which Redis serves them. */
    private final String anchor;

    private final Backoff backoff = new Backoff();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "hibiki-redis");
        named.setDaemon(true);
        return named;
    });

    private @Nullable Link link;
    private boolean failureLogged;
    private volatile boolean closed;
    private volatile SourceState state;

    /** @param entries keys that one Redis serves all of them */
    RedisStreamSource(RedisClients clients, List<ChannelSpec> entries, GatewayConfig.Source settings, Ingest ingest) {
        List<String> keys = entries.stream().map(ChannelSpec::name).toList();
        this.clients = clients;
        this.client = clients.newOneShotClient();
        this.reader = new StreamReader(keys, settings, ingest, () -> closed);
        this.streams = keys.size();
        this.anchor = keys.get(0);
        this.state = new SourceState(false, "connecting to Redis at " + clients.address());
    }

    /** One connection, from its first byte to its end. Its fields change on the source's thread. */
    private final class Link implements RedisConnectionStateListener {
        private @Nullable RedisURI node;
        private @Nullable StatefulRedisConnection<byte[], byte[]> connection;
        private @Nullable ScheduledFuture<?> watch;
        private boolean caughtUp;

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
        clients.locate(anchor)
                .thenCompose(node -> dial(opened, node))
                .whenComplete((connection, failure) -> onThread(() -> {
                    if (failure != null) {
                        fail(opened, failure);
                    } else {
                        onConnected(opened, connection);
                    }
                }));
    }

    private CompletionStage<StatefulRedisConnection<byte[], byte[]>> dial(Link opened, RedisURI node) {
        onThread(() -> opened.node = node);
        return clients.attempts().begin(() -> client.connectAsync(ByteArrayCodec.INSTANCE, node));
    }

    private void onConnected(Link opened, StatefulRedisConnection<byte[], byte[]> connection) {
        if (opened != link) {
            connection.closeAsync();
            return;
        }
        opened.connection = connection;
        connection.addListener(opened);
        opened.watch = thread.scheduleWithFixedDelay(
                () -> watch(opened), WATCH_INTERVAL_MS, WATCH_INTERVAL_MS, TimeUnit.MILLISECONDS);
        reader.connected(connection.async());
        follow(opened);
    }

    /** A master that was demoted, or cut off from its peers, answers reads too. */
    private void watch(Link watched) {
        if (watched.node != null) {
            clients.confirm(watched.node, anchor).whenComplete((confirmed, failure) -> {
                if (failure != null) {
                    onThread(() -> fail(watched, failure));
                }
            });
        }
    }

    /** One round trip after the other, each begun when what the last one brought is handed on. */
    private void follow(Link reading) {
        CompletionStage<Runnable> answer;
        try {
            answer = reader.ask();
        } catch (RuntimeException e) {
            fail(reading, e);
            return;
        }
        answer.whenComplete((handling, failure) -> onThread(() -> {
            if (reading != link || closed) {
                return;
            }
            if (failure != null) {
                fail(reading, failure);
                return;
            }
            try {
                handling.run();
            } catch (RuntimeException e) {
                fail(reading, e);
                return;
            }
            if (!reading.caughtUp && reader.hasCaughtUp()) {
                onCaughtUp(reading);
            }
            follow(reading);
        }));
    }

    private void onCaughtUp(Link reading) {
        reading.caughtUp = true;
        backoff.reset();
        failureLogged = false;
        String node = RedisClients.address(Objects.requireNonNull(reading.node));
        state = new SourceState(true, "reading streams of Redis at " + node);
        log.info("Reading {} streams of Redis at {}", streams, node);
    }

    private void fail(Link failing, Throwable failure) {
        if (failing != link || closed) {
            return;
        }
        link = null;
        if (failing.watch != null) {
            failing.watch.cancel(false);
        }
        if (failing.connection != null) {
            failing.connection.closeAsync();
        }
        reader.disconnected();
        String reason = RedisFailure.reason(failure);
        state = new SourceState(false, "cannot read from Redis at " + clients.address() + ": " + reason);
        long delayMs = backoff.nextDelayMs();
        if (failureLogged) {
            log.debug("Still cannot read from Redis at {}: {}; next try in {} ms", clients.address(), reason, delayMs);
        } else {
            failureLogged = true;
            log.warn("Lost Redis at {}: {}; trying again until it is back", clients.address(), reason);
        }
        thread.schedule(this::connect, delayMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public SourceState state() {
        return state;
    }

    @Override
    public String name() {
        return "redis-streams";
    }

    /** Waits for the event that is just being handed on. */
    @Override
    public void close() {
        closed = true;
        thread.shutdownNow();
        clients.attempts().close();
        // Closes the connection too. To close it before would make Lettuce warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
        try {
            if (!thread.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                log.warn("An event is still being handed on after {} ms", CLOSE_TIMEOUT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
