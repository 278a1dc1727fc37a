package dev.hibiki.gateway.sources;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.RedisSettings;
import dev.hibiki.gateway.config.SourceKind;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbePlan;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.inprocess.InProcessBroker;
import dev.hibiki.gateway.redis.RedisClients;
import dev.hibiki.gateway.redis.RedisPubSubSource;
import dev.hibiki.gateway.redis.RedisPublisher;
import dev.hibiki.gateway.redis.SlotSources;
import dev.hibiki.gateway.redis.stream.RedisStreamSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The source of events together with the way to publish to it. */
public final class Ingress implements AutoCloseable {
    private final EventSource source;
    private final Publisher publisher;
    private final Runnable closing;
    private final @Nullable RedisSettings redis;
    private final SourceKind kind;

    private Ingress(
            EventSource source, Publisher publisher, Runnable closing, @Nullable RedisSettings redis, SourceKind kind) {
        this.redis = redis;
        this.kind = kind;
        this.source = source;
        this.publisher = publisher;
        this.closing = closing;
    }

    /**
     * Pairs them for what is configured.
     *
     * @param redis null for the in-process broker
     * @param canary how the way through Redis is tried out
     */
    public static Ingress of(
            @Nullable RedisSettings redis,
            ChannelTable channels,
            GatewayConfig.Source settings,
            Ingest ingest,
            ProbePlan canary) {
        if (redis == null) {
            InProcessBroker broker = new InProcessBroker(ingest);
            return new Ingress(broker, broker, broker::close, null, settings.kind());
        }
        RedisClients clients = new RedisClients(redis);
        EventSource source = source(clients, channels.entries(), settings, ingest, canary);
        RedisPublisher publisher = new RedisPublisher(clients, settings);
        Runnable closing = () -> {
            source.close();
            clients.close();
        };
        return new Ingress(source, publisher, closing, redis, settings.kind());
    }

    private static EventSource source(
            RedisClients clients,
            List<ChannelSpec> entries,
            GatewayConfig.Source settings,
            Ingest ingest,
            ProbePlan canary) {
        if (settings.kind() == SourceKind.STREAMS) {
            return SlotSources.of(
                    clients, entries, keys -> new RedisStreamSource(clients, keys, settings, ingest, canary));
        }
        // What is not sharded comes to every node.
        return clients.isSharded()
                ? SlotSources.of(clients, entries, slot -> new RedisPubSubSource(clients, slot, ingest, canary))
                : new RedisPubSubSource(clients, entries, ingest, canary);
    }

    public EventSource source() {
        return source;
    }

    public Publisher publisher() {
        return publisher;
    }

    /** True when publishing reaches this process only, and needs nothing else. */
    public boolean isInProcess() {
        return source instanceof InProcessBroker;
    }

    /** A command line that publishes an event to this channel. */
    public String publishCommand(String channel, String adminUrl) {
        String event = "'{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"新しい動画\"}'";
        if (redis == null) {
            return "curl -d " + event + ' ' + adminUrl + "/publish/" + channel;
        }
        String cli = "redis-cli " + (redis.address().isCluster() ? "-c " : "");
        String command = kind == SourceKind.STREAMS
                ? "XADD " + channel + " '*' data"
                : (redis.sharded() ? "SPUBLISH " : "PUBLISH ") + channel;
        return cli + command + ' ' + event;
    }

    @Override
    public void close() {
        closing.run();
    }
}
