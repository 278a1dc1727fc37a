package dev.hibiki.gateway.canary;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.EventLoops;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries out the way from the hub to clients, on every event loop: an event goes into a log that nobody else reads, and must
 * arrive at a WebSocket client on the loopback address, through the sweep, the ring and the socket. A loop that is stuck is
 * found by its lag too; one that ticks, and all the same delivers nothing, only by this.
 *
 * <p>The event is the last leg of one that has come back from Redis; where none does, it begins here. Confined to the admin
 * loop, but for {@link #deliver} and what tells how it went.
 */
public final class DeliveryCanary implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DeliveryCanary.class);
    private static final long TICK_MS = 1_000;
    /** So much later than expected may one come back from Redis. */
    private static final long GRACE_MS = 5_000;

    private static final long CLOSE_TIMEOUT_MS = 1_000;

    private final EventLoop thread;
    private final Hub hub;
    private final List<CanaryClient> clients;
    private final @Nullable Topic topic;
    private final long aloneAfterNs;
    private long sequence;
    private long sentNs = System.nanoTime();
    private @Nullable Future<?> ticking;

    public DeliveryCanary(
            GatewayConfig config,
            Hub hub,
            Sessions sessions,
            EventLoops loops,
            ByteBufAllocator allocator,
            GatewayMetrics metrics) {
        this.thread = loops.admin().next();
        this.hub = hub;
        int intervalMs = config.operations().canaryIntervalMs();
        this.aloneAfterNs = TimeUnit.MILLISECONDS.toNanos(intervalMs + (config.redis() == null ? 0 : GRACE_MS));
        if (intervalMs == 0) {
            topic = null;
            clients = List.of();
            return;
        }
        Topic unlisted = hub.addUnlistedTopic("canary", new WebSocketFormat());
        topic = unlisted;
        clients = IntStream.range(0, hub.shards().size())
                .mapToObj(index -> {
                    var shard = hub.shards().get(index);
                    Loopback loopback = new Loopback(shard.loop(), loops.transport(), allocator);
                    return new CanaryClient(
                            index,
                            (handler, failed) -> loopback.connect(
                                    new LoopProbe(sessions.loopOf(shard), unlisted), thread, handler, failed),
                            metrics,
                            System::nanoTime);
                })
                .toList();
    }

    /** Begins, where a canary is wanted. The thread that also calls {@link #close}. */
    public void start() {
        if (!clients.isEmpty()) {
            ticking = thread.scheduleWithFixedDelay(this::tick, 0, TICK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void tick() {
        try {
            clients.forEach(CanaryClient::tick);
            long now = System.nanoTime();
            if (now - sentNs >= aloneAfterNs || clients.stream().anyMatch(CanaryClient::wantsProof)) {
                send(now);
            }
        } catch (RuntimeException e) {
            log.warn("The canary stumbled", e); // And goes on at the next tick, which an exception would prevent.
        }
    }

    /** Something has just come back from Redis: lets it go on to the clients. Any thread. */
    public void deliver(long nowNs) {
        if (!clients.isEmpty()) {
            thread.execute(() -> send(nowNs));
        }
    }

    private void send(long sinceNs) {
        if (clients.stream().anyMatch(CanaryClient::isExpecting)) {
            return; // Several slots of a cluster bring one each.
        }
        sentNs = System.nanoTime();
        String text = "{\"canary\":" + ++sequence + '}';
        clients.forEach(client -> client.expect(text, sinceNs));
        hub.publish(Objects.requireNonNull(topic), new Event(text.getBytes(StandardCharsets.US_ASCII), "", null, 0));
    }

    /** Which loop delivers nothing; null when all do, as far as is known. Any thread. */
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

    /** For how many seconds a loop that has delivered before has not; 0 when all do. Any thread. */
    public double failingSeconds() {
        return clients.stream()
                        .filter(CanaryClient::hasWorked)
                        .mapToLong(CanaryClient::failingMs)
                        .map(ms -> Math.max(0, ms))
                        .max()
                        .orElse(0)
                / 1e3;
    }

    /** Why not everything is tried out; null when it is. Any thread. */
    public @Nullable String trouble() {
        return clients.stream()
                .map(CanaryClient::trouble)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    @Override
    public void close() {
        if (ticking != null) {
            ticking.cancel(false);
            thread.submit(() -> clients.forEach(CanaryClient::close)).awaitUninterruptibly(CLOSE_TIMEOUT_MS);
        }
    }
}
