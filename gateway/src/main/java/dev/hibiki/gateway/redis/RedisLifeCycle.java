package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.redis.address.RedisAddress;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * Makes one connection after another to the Redis that serves the channels or keys of a feed. All state changes on a thread
 * of its own; on that thread it calls its {@link ConnectionHandler} too.
 *
 * <p>The first connection and every later one go the same way. The life cycle asks which Redis serves the channels now,
 * connects, and lets the handler use the connection. It keeps asking whether this is still the right Redis, since a master
 * that was demoted or cut off from its peers answers too. Any failure ends that connection for good, and another begins
 * after a jittered delay. {@link OutageLog} tells of each outage, however many attempts it takes.
 *
 * <p>Lettuce's own reconnection is off. It only logs a subscription that Redis refuses, so the gateway would seem healthy
 * and get no events.
 */
public final class RedisLifeCycle<C extends StatefulConnection<?, ?>> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RedisLifeCycle.class);
    private static final long WATCH_INTERVAL_MS = 2_000;
    private static final long KEEP_GOING_INTERVAL_MS = 500;
    private static final int CLOSE_TIMEOUT_MS = 5_000;

    private final RedisClients clients;
    private final RedisClient client;
    private final List<String> entries;
    private final String failing;
    private final ConnectionHandler<C> handler;

    private final Backoff backoff = new Backoff();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "hibiki-redis");
        named.setDaemon(true);
        return named;
    });

    private final OutageLog outages;

    /** Set on the thread only. */
    private volatile @Nullable Attempt current;

    private volatile boolean starting = true;
    private volatile boolean closed;
    /** In a cluster, where other feeds go on, it names the channels that cannot be read because of an outage. */
    private volatile SourceHealth health;
    /** Made in time: there may be no memory for it. */
    private final SourceHealth ended;

    private boolean connecting;
    /** True when there was no memory for a task of the current attempt, so that it may wait for ever. */
    private volatile boolean stumbled;

    /**
     * Takes ownership of the client.
     *
     * @param entries the channels or keys of the feed, at least one; the Redis that serves the first one serves all
     * @param failing the words for an outage in the health, before the address of Redis
     */
    public RedisLifeCycle(
            RedisClients clients,
            RedisClient client,
            List<String> entries,
            String failing,
            ConnectionHandler<C> handler) {
        this.clients = clients;
        this.client = client;
        this.entries = List.copyOf(entries);
        this.outages = new OutageLog(log, clients.nanoClock());
        this.failing = failing;
        this.handler = handler;
        this.ended = away(null, "");
        this.health = new SourceHealth(false, "connecting to Redis at " + clients.address());
    }

    /** One connection, from the first attempt to its end. */
    private final class Attempt implements ConnectionHandler.Link, RedisConnectionStateListener {
        private @Nullable RedisURI node;
        private volatile @Nullable C connection;
        private @Nullable ScheduledFuture<?> watching;
        private volatile @Nullable Throwable failure;
        /** Made in time, as {@link RedisLifeCycle#ended}. */
        final Runnable ending = () -> end(this, Objects.requireNonNull(failure));

        @Override
        public void runLater(Runnable task, long delayMs) {
            onThread(this, task, delayMs);
        }

        @Override
        public void fail(Throwable failure) {
            if (this.failure == null) { // The first one tells more than those that follow from it.
                this.failure = failure;
            }
            run(ending);
        }

        @Override
        public void renew() {
            if (this == current && !closed) {
                SourceHealth unchanged = health;
                finish(this);
                health = unchanged;
                connect();
            }
        }

        @Override
        public String ready(String doing) {
            backoff.reset();
            starting = false;
            String address = RedisAddress.where(Objects.requireNonNull(node));
            health = new SourceHealth(true, doing + " Redis at " + address);
            outages.ended(clients.described(node, entries));
            return address;
        }

        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> ended) {
            fail(new ClosedChannelException());
        }
    }

    /** The caller may be a callback, and what a callback throws is lost: so it allocates nothing before this. */
    private void onThread(Attempt attempt, Runnable task, long delayMs) {
        try {
            thread.schedule(() -> runNow(attempt, task), delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // Lettuce may still call back while this closes.
            log.debug("Too late, the source is closed", e);
        } catch (OutOfMemoryError e) {
            stumbled = true;
        }
    }

    /** Begins again where there was no memory to go on. What it throws would be the end of it. */
    private void keepGoing() {
        try {
            if (current != null && stumbled && !closed) {
                end(current, new OutOfMemoryError("there was no memory to go on"));
            } else if (current == null && !connecting && !closed) {
                connect();
            }
        } catch (OutOfMemoryError e) {
            stumbled = true;
        }
    }

    /**
     * Runs a task of an attempt on this thread. When that throws, the attempt ends: the next connection tells what was lost, and no
     * task waits for one that has thrown.
     */
    private void runNow(Attempt attempt, Runnable task) {
        if (attempt != current || closed) {
            return;
        }
        try {
            task.run();
        } catch (RuntimeException | Error e) { // There was no memory for an event, for instance.
            if (attempt == current && !closed) {
                end(attempt, e);
            }
        }
    }

    public void start() {
        connecting = true;
        thread.execute(this::connect);
        thread.scheduleWithFixedDelay(
                this::keepGoing, WATCH_INTERVAL_MS, KEEP_GOING_INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    private void connect() {
        connecting = false;
        stumbled = false;
        Attempt opened = new Attempt();
        Runnable locate = () -> locate(opened);
        current = opened; // Not before: an attempt without a task would wait for ever.
        runNow(opened, locate);
    }

    private void locate(Attempt opened) {
        Runnable onConnected = () -> onConnected(opened);
        clients.locate(entries.get(0)).thenCompose(node -> dial(opened, node)).whenComplete((connection, failure) -> {
            opened.connection = connection; // The end of the attempt closes it.
            if (failure != null) {
                opened.fail(failure);
            } else if (opened == current && !closed) {
                opened.run(onConnected);
            } else {
                connection.closeAsync();
            }
        });
    }

    private CompletionStage<C> dial(Attempt opened, RedisURI node) {
        opened.run(() -> opened.node = node);
        return clients.attempts().begin(() -> handler.dial(client, node));
    }

    private void onConnected(Attempt opened) {
        C connection = Objects.requireNonNull(opened.connection);
        connection.addListener(opened);
        Runnable watch = () -> watch(opened, connection);
        opened.watching = thread.scheduleWithFixedDelay(
                () -> runNow(opened, watch), WATCH_INTERVAL_MS, WATCH_INTERVAL_MS, TimeUnit.MILLISECONDS);
        handler.connected(opened, connection);
    }

    private void watch(Attempt watched, C connection) {
        if (watched.node != null) {
            watched.require(clients.confirm(watched.node, entries.get(0)));
        }
        handler.watch(watched, connection);
    }

    private void end(Attempt ending, Throwable failure) {
        finish(ending);
        long delayMs = backoff.nextDelayMs();
        if (!clients.attempts().isClosed()) { // Else the whole source is closing.
            String cause = RedisFailure.reason(failure);
            starting = false;
            health = away(ending.node, ": " + outages.reason(cause));
            outages.failed(clients.described(ending.node, entries), cause);
        }
        log.debug("The next try is in {} ms, after", delayMs, failure);
        thread.schedule(this::connect, delayMs, TimeUnit.MILLISECONDS);
        connecting = true;
    }

    private void finish(Attempt ending) {
        current = null;
        health = ended;
        handler.ended();
        if (ending.watching != null) {
            ending.watching.cancel(false);
        }
        if (ending.connection != null) {
            ending.connection.closeAsync();
        }
    }

    private SourceHealth away(@Nullable RedisURI node, String reason) {
        Map<String, String> unreadable = new LinkedHashMap<>();
        if (clients.isCluster()) {
            entries.forEach(
                    entry -> unreadable.put(entry, failing + " Redis at " + clients.nodeAddress(node) + reason));
        }
        return new SourceHealth(false, failing + " Redis at " + clients.address(node) + reason, unreadable);
    }

    /** True until the first attempt has succeeded or failed. Thread-safe. */
    public boolean isStarting() {
        return starting;
    }

    public SourceHealth health() {
        return stumbled ? ended : health;
    }

    /** Returns true when no more events may be handed on. Thread-safe. */
    public boolean isClosed() {
        return closed;
    }

    /** Interrupts the handler, and waits until it has returned. */
    @Override
    public void close() {
        closed = true;
        thread.shutdownNow();
        clients.attempts().close();
        // This closes the connection too. If it were closed before, Lettuce would warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
        try {
            if (!thread.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                log.warn("The source ends although an event is still being handed on after {} ms", CLOSE_TIMEOUT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
