package dev.hibiki.gateway.redis.pubsub;

import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.redis.DrainMarks;
import dev.hibiki.gateway.redis.RedisClients;
import dev.hibiki.gateway.redis.RedisFeed;
import dev.hibiki.gateway.redis.RedisPublisher;
import dev.hibiki.gateway.redis.RedisSource;
import dev.hibiki.gateway.redis.UnreadPublishes;
import dev.hibiki.gateway.redis.UnreadStreams;
import dev.hibiki.gateway.redis.UnreadWay;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Events from Redis Pub/Sub, in a cluster sharded or not. Thread-safe. */
final class RedisPubSubSource extends RedisSource {
    private static final Logger log = LoggerFactory.getLogger(RedisPubSubSource.class);

    private final boolean sharded;

    /** Takes ownership of the clients. */
    RedisPubSubSource(RedisClients clients, SourceContext context) {
        super(clients, context, feeds(clients, context), sender(clients.isSharded()), unread(clients));
        this.sharded = clients.isSharded();
        if (clients.database() != 0) {
            log.info(
                    "Database {} in --redis does not separate Pub/Sub: events that are published in any database of this Redis"
                            + " arrive. Streams (--source streams) are kept apart by it",
                    clients.database());
        }
    }

    /** Messages that are not sharded come to every node, so one feed is enough. */
    private static List<RedisFeed> feeds(RedisClients clients, SourceContext context) {
        DrainMarks marks = new DrainMarks(clients);
        return clients.isSharded()
                ? feeds(clients, context.channels(), slot -> new PubSubFeed(clients, slot, context, marks))
                : List.of(new PubSubFeed(clients, context.channels(), context, marks));
    }

    private static List<UnreadWay> unread(RedisClients clients) {
        UnreadWay streams = new UnreadStreams(clients);
        return clients.isSharded()
                ? List.of(streams, new UnreadPublishes(clients, "sharded channels (SPUBLISH)", "--redis-sharded false"))
                : List.of(streams);
    }

    private static RedisPublisher.Sender sender(boolean sharded) {
        return (commands, channel, event) -> (sharded
                        ? commands.spublish(channel, event.json())
                        : commands.publish(channel, event.json()))
                .thenApply(receivers -> event.id());
    }

    @Override
    public String name() {
        return sharded ? "redis-sharded-pubsub" : "redis-pubsub";
    }

    @Override
    protected List<String> command(String channel, String event) {
        return List.of(sharded ? "SPUBLISH" : "PUBLISH", channel, event);
    }
}
