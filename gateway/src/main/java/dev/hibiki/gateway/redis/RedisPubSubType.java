package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceFactory;
import dev.hibiki.gateway.ingress.SourceType;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Redis Pub/Sub as a kind of source. */
public final class RedisPubSubType implements SourceType {
    @Override
    public String name() {
        return "pubsub";
    }

    @Override
    public String description() {
        return "channels of Redis Pub/Sub";
    }

    @Override
    public List<Option> options() {
        return RedisOptions.ALL;
    }

    @Override
    public @Nullable SourceFactory configure(Values values) throws ConfigException {
        RedisSettings redis = RedisReader.read(values, true);
        return redis == null ? null : new Factory(redis);
    }

    @Override
    public void check(Values values) throws ConfigException {
        RedisReader.read(values, true);
    }

    /** Makes the source. */
    public record Factory(RedisSettings redis) implements SourceFactory {
        @Override
        public EventSource create(SourceContext context) {
            return new RedisPubSubSource(new RedisClients(redis, context.nanoClock()), context);
        }

        @Override
        public @Nullable String refuse(ChannelSpec channel) {
            return redis.sharded() && channel.isPattern()
                    ? "names and no patterns, since sharded Pub/Sub, the default in a cluster, has none;"
                            + " or --redis-sharded false"
                    : null;
        }
    }
}
