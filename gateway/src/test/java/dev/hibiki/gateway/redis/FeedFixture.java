package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbeMonitor;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.redis.address.RedisAddress;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/** What a feed needs of a gateway: an ingest with a hub that nobody listens to, and clients of a Redis. No probes. */
public final class FeedFixture implements AutoCloseable {
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final ChannelTable channels;
    private final Hub hub;
    private final Ingest ingest;
    private final LongSupplier nanoClock;
    private final RedisClients clients;

    public FeedFixture(String redis, List<String> entries, LongSupplier nanoClock) {
        this.channels = new ChannelTable(entries);
        this.nanoClock = nanoClock;
        this.hub = new Hub(
                channels,
                new WebSocketFormat(),
                LogLimits.retaining(1 << 20),
                new LogMemory(UnpooledByteBufAllocator.DEFAULT, Long.MAX_VALUE, Long.MAX_VALUE),
                List.of(),
                metrics::newLoopCounters);
        this.ingest = new Ingest(
                new EventParser(new EventLimits(1 << 16, 8), "region", new EventIds("e")), hub, metrics, nanoClock);
        RedisSettings.Tls tls = new RedisSettings.Tls(null, RedisSettings.Verify.NONE, null);
        this.clients = new RedisClients(new RedisSettings(RedisAddress.parse(redis), false, tls), nanoClock);
    }

    public RedisClients clients() {
        return clients;
    }

    /** A context whose logs have this size. */
    public SourceContext context(long logBytes) {
        ProbeMonitor none = new ProbeMonitor(0, metrics, returned -> {});
        return new SourceContext(channels.entries(), ingest, none, logBytes, nanoClock);
    }

    /** A probe that is never begun. */
    public RedisProbe noProbe() {
        RedisProbe.ProbePublisher none = new RedisProbe.ProbePublisher() {
            @Override
            public CompletionStage<?> publish(
                    RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload) {
                throw new IllegalStateException(name);
            }

            @Override
            public String grants() {
                return "";
            }
        };
        return new RedisProbe(clients, context(0), "a", none);
    }

    /** The number of events that have come so far. */
    public long events() {
        return sum("hibiki_events_in_total ");
    }

    /** The number of gaps that were reported so far. */
    public long gaps() {
        return sum("hibiki_gaps_total{");
    }

    private long sum(String prefix) {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith(prefix))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    @Override
    public void close() {
        clients.close();
        hub.close();
        metrics.close();
    }
}
