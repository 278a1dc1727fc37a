package dev.hibiki.gateway.canary;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.EventLoops;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tests the way from the hub to the clients on every event loop. An event goes into a log that nobody else reads. It must
 * arrive at a WebSocket client on the loopback address, through the sweep, the ring and the socket. The lag of a loop also
 * shows that it is stuck; only the canary finds a loop that ticks but delivers nothing.
 *
 * <p>Each probe that comes back from Redis continues with such an event. While none comes back, the canary sends an event
 * of its own. Confined to the admin loop, except {@link #deliver} and the methods that report the result.
 */
public final class DeliveryCanary implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DeliveryCanary.class);
    private static final long TICK_MS = 1_000;
    /** A probe may come back from Redis this much later than expected. */
    private static final long GRACE_MS = 5_000;

    private static final long CLOSE_TIMEOUT_MS = 1_000;

    /** The log keeps little more than the newest event. */
    private static final LogLimits LOG_LIMITS = new LogLimits(1024, 1024, 1024);

    private final EventLoop thread;
    private final Hub hub;
    private final List<CanaryClient> clients = new ArrayList<>();
    private final Topic topic;
    private final int intervalMs;
    private final GatewayMetrics metrics;
    private final LongSupplier nanoClock;
    private long aloneAfterNs;
    private long sequence;
    private long sentNs;
    private boolean closed;
    private @Nullable Future<?> ticking;

    public DeliveryCanary(
            GatewayConfig.Operations settings,
            Hub hub,
            Sessions sessions,
            EventLoops loops,
            ByteBufAllocator allocator,
            GatewayMetrics metrics,
            LongSupplier nanoClock) {
        this(loops.admin().next(), hub, settings.canaryIntervalMs(), metrics, nanoClock);
        if (intervalMs > 0) {
            for (LoopShard shard : hub.shards()) {
                Loopback loopback = new Loopback(shard.loop(), loops.transport(), allocator);
                addClient((handler, failed) -> loopback.connect(newProbe(sessions, shard), thread, handler, failed));
            }
        }
    }

    /** Has no clients yet. */
    DeliveryCanary(EventLoop thread, Hub hub, int intervalMs, GatewayMetrics metrics, LongSupplier nanoClock) {
        this.thread = thread;
        this.hub = hub;
        this.topic = hub.createDetached("canary", new WebSocketFormat(), LOG_LIMITS, metrics::newLoopCounters);
        this.intervalMs = intervalMs;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        this.sentNs = nanoClock.getAsLong();
    }

    /** Adds the client of the next loop. Before {@link #start} only. */
    void addClient(CanaryClient.Dialer dialer) {
        clients.add(new CanaryClient(clients.size(), dialer, metrics, nanoClock));
    }

    /** A reader of this canary's topic, for the far end of a connection. */
    LoopProbe newProbe(Sessions sessions, LoopShard shard) {
        return new LoopProbe(sessions, sessions.loopOf(shard), hub, topic);
    }

    /**
     * Begins, unless the canary is switched off. Only the thread that also calls {@link #close}.
     *
     * @param source when it probes, the canary waits for its probes
     */
    public void start(EventSource source) {
        start(source.isProbing() ? GRACE_MS : 0);
    }

    /** @param graceMs how much later than after an interval a probe may come back */
    void start(long graceMs) {
        if (!clients.isEmpty()) {
            aloneAfterNs = TimeUnit.MILLISECONDS.toNanos(intervalMs + graceMs);
            ticking = thread.scheduleWithFixedDelay(this::tick, 0, TICK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void tick() {
        try {
            clients.forEach(CanaryClient::tick);
            long now = nanoClock.getAsLong();
            if (now - sentNs >= aloneAfterNs || clients.stream().anyMatch(CanaryClient::needsProof)) {
                send(now);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            log.warn(
                    "A check of the deliveries failed. The next one follows",
                    e); // An exception from here would prevent the next tick.
        }
    }

    /**
     * Sends an event to the clients, because a probe has just come back from Redis. Any thread.
     *
     * @param nowNs the time, by the clock of this canary
     */
    public void deliver(long nowNs) {
        if (!clients.isEmpty()) {
            thread.execute(() -> send(nowNs));
        }
    }

    private void send(long sinceNs) {
        if (closed || clients.stream().anyMatch(CanaryClient::isExpecting)) {
            return; // A cluster returns one probe for each slot, but one event at a time is enough.
        }
        sentNs = nanoClock.getAsLong();
        String text = "{\"canary\":" + ++sequence + '}';
        try {
            clients.forEach(client -> client.expect(text, sinceNs));
            if (hub.publish(topic, new Event(text.getBytes(StandardCharsets.US_ASCII), "", null, 0))) {
                return;
            }
        } catch (OutOfMemoryError e) {
            // Perhaps not all loops were told.
        }
        clients.forEach(CanaryClient::expectNothing); // No loop is to blame when it does not arrive.
    }

    /** Names a loop that delivers nothing; null when all loops deliver, as far as is known. Any thread. */
    public @Nullable String failure() {
        for (int loop = 0; loop < clients.size(); loop++) {
            long ms = clients.get(loop).failingMs();
            if (ms >= 0) {
                return "event loop " + loop + " delivers nothing: the canary has been missing for "
                        + TimeUnit.MILLISECONDS.toSeconds(ms) + " s";
            }
        }
        return null;
    }

    /** For how many seconds a loop that has delivered before has not; 0 when all loops do. Any thread. */
    public double failingSeconds() {
        return clients.stream()
                        .filter(CanaryClient::hasWorked)
                        .mapToLong(CanaryClient::failingMs)
                        .map(ms -> Math.max(0, ms))
                        .max()
                        .orElse(0)
                / 1e3;
    }

    /** Says why the canary cannot test every loop; null when it can. Any thread. */
    public @Nullable String trouble() {
        return clients.stream()
                .map(CanaryClient::trouble)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Closes all connections and releases the topic. The admin loop must still run. */
    @Override
    public void close() {
        if (ticking == null || thread.inEventLoop()) {
            closeNow(); // Not started, or on the thread that would do it.
        } else {
            thread.submit(this::closeNow).awaitUninterruptibly(CLOSE_TIMEOUT_MS);
        }
    }

    private void closeNow() {
        if (!closed) {
            closed = true;
            if (ticking != null) {
                ticking.cancel(false);
            }
            clients.forEach(CanaryClient::close);
            hub.release(topic);
        }
    }
}
