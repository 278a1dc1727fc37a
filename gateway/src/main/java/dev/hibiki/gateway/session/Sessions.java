package dev.hibiki.gateway.session;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.wire.CloseCode;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelMatchers;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** All sessions of the gateway, by event loop. Thread-safe. */
public final class Sessions implements AutoCloseable {
    private final IdentityHashMap<EventLoop, SessionLoop> loops = new IdentityHashMap<>();
    private final RegionLabels regions;
    private final int maxTopics;
    private final ChannelTable channels;
    private volatile boolean ending;

    public Sessions(
            Hub hub, SessionSettings settings, RegionLabels regions, UserSessions users, GatewayMetrics metrics) {
        this.channels = hub.channels();
        this.regions = regions;
        this.maxTopics = settings.limits().maxTopics();
        for (LoopShard shard : hub.shards()) {
            String index = Integer.toString(loops.size());
            SessionLoop loop = new SessionLoop("sessions-" + index, shard, hub, settings, users, metrics);
            loops.put(shard.loop(), loop);
            metrics.gauge(
                    "hibiki.event.loop.lag.seconds",
                    "How late the last tick was",
                    "loop",
                    index,
                    loop.clock()::lagSeconds);
            metrics.gauge(
                    "hibiki.lag.max.bytes",
                    "How far the slowest session is behind",
                    "loop",
                    index,
                    () -> loop.slowReaders().lag().max());
        }
        for (int i = 0; i < LagHistogram.BOUNDS.size(); i++) {
            int bound = i;
            metrics.gauge(
                    "hibiki.lag.sessions",
                    "Sessions that are further behind than so many bytes",
                    "over_bytes",
                    Long.toString(LagHistogram.BOUNDS.get(bound)),
                    () -> loops.values().stream()
                            .mapToInt(loop -> loop.slowReaders().lag().over(bound))
                            .sum());
        }
    }

    /** Lets the heartbeats begin, and where a loop runs io_uring, its sends. */
    public void start() {
        loops.values().forEach(SessionLoop::start);
    }

    /** The sessions on the loop of a channel, which must be one of the client loops. */
    public SessionLoop loopOf(Channel channel) {
        SessionLoop loop = loops.get(channel.eventLoop());
        if (loop == null) {
            throw new IllegalArgumentException("not a client loop: " + channel.eventLoop());
        }
        return loop;
    }

    /** The sessions on the loop of a shard. */
    public SessionLoop loopOf(LoopShard shard) {
        SessionLoop loop = loops.get(shard.loop());
        if (loop == null) {
            throw new IllegalArgumentException("not a shard of this hub, on loop " + shard.loop());
        }
        return loop;
    }

    /** The most topics that one session may read. */
    public int maxTopics() {
        return maxTopics;
    }

    public ChannelTable channels() {
        return channels;
    }

    public RegionLabels regions() {
        return regions;
    }

    /** Finds sessions. Returns at once. The future completes on an event loop, or never when the loops have ended. */
    public CompletableFuture<SessionList> list(SessionQuery query) {
        List<CompletableFuture<SessionList.Part>> parts = loops.values().stream()
                .map(loop -> SessionScan.start(loop, query))
                .toList();
        return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> SessionList.of(
                        parts.stream().map(CompletableFuture::join).toList(), query));
    }

    /** Refuses all new sessions from now on; see {@link #isEnding}. */
    public void stopAdmitting() {
        ending = true;
    }

    /** Ends every session in order and admits no more. Returns at once. */
    public void endAll(CloseCode code) {
        stopAdmitting();
        for (SessionLoop loop : loops.values()) {
            loop.executeSoon(
                    () -> loop.group().forEach(ChannelMatchers.all(), session -> session.close(CloseReason.of(code))));
        }
    }

    /** Resets every socket that is still open, and sends nothing to the clients. Returns at once. */
    public void resetAllSockets() {
        for (SessionLoop loop : loops.values()) {
            loop.executeSoon(loop::abortAll);
        }
    }

    /** True once the sessions are being ended. The endpoints then refuse new ones. */
    public boolean isEnding() {
        return ending;
    }

    /** How late the ticks of the latest loop are. */
    public double lagSeconds() {
        return loops.values().stream()
                .mapToDouble(loop -> loop.clock().lagSeconds())
                .max()
                .orElse(0);
    }

    /** The number of sessions whose socket is still open, including those that have ended. */
    public int openSockets() {
        return loops.values().stream().mapToInt(SessionLoop::openSockets).sum();
    }

    public Collection<SessionLoop> loops() {
        return loops.values();
    }

    /** Stops the timers of all loops. */
    @Override
    public void close() {
        loops.values().forEach(SessionLoop::stop);
    }
}
