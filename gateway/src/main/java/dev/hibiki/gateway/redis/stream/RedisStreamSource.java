package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.redis.RedisClients;
import dev.hibiki.gateway.redis.RedisPublisher;
import dev.hibiki.gateway.redis.RedisSource;
import dev.hibiki.gateway.redis.UnreadPublishes;
import io.lettuce.core.XAddArgs;
import java.util.List;
import java.util.Map;

/** Events from Redis Streams. An event without an id gets that of its entry, which all gateways see. Thread-safe. */
final class RedisStreamSource extends RedisSource {
    private final long maxLength;

    /** Takes ownership of the clients. */
    RedisStreamSource(RedisClients clients, StreamSettings settings, SourceContext context) {
        super(
                clients,
                context,
                feeds(clients, context.channels(), slot -> new StreamFeed(clients, slot, settings, context)),
                sender(settings.maxLength()),
                List.of(new UnreadPublishes(clients, "streams", "--source pubsub")));
        this.maxLength = settings.maxLength();
    }

    private static RedisPublisher.Sender sender(long maxLength) {
        return (commands, channel, event) -> commands.xadd(
                        channel, XAddArgs.Builder.maxlen(maxLength).approximateTrimming(), Map.of("data", event.json()))
                .thenApply(entryId -> event.id().isEmpty() ? entryId : event.id());
    }

    @Override
    public String name() {
        return "redis-streams";
    }

    @Override
    protected List<String> command(String channel, String event) {
        return List.of("XADD", channel, "MAXLEN", "~", Long.toString(maxLength), "*", "data", event);
    }

    @Override
    protected boolean isInDatabase() {
        return true;
    }

    @Override
    public boolean stampsIds() {
        return true;
    }
}
