package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceFactory;
import dev.hibiki.gateway.ingress.SourceType;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.redis.RedisClients;
import dev.hibiki.gateway.redis.RedisOptions;
import dev.hibiki.gateway.redis.RedisReader;
import dev.hibiki.gateway.redis.RedisSettings;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Redis Streams as a kind of source. */
public final class RedisStreamType implements SourceType {
    @Override
    public String name() {
        return "streams";
    }

    @Override
    public String description() {
        return "keys of Redis Streams";
    }

    @Override
    public List<Option> options() {
        return Stream.of(RedisOptions.ALL, StreamSettings.OPTIONS)
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public SourceFactory configure(Values values) throws ConfigException {
        RedisSettings redis = RedisReader.read(values, false);
        if (redis == null) {
            throw values.wrong("--source", "--redis as well, since streams are kept there");
        }
        return new Factory(redis, StreamSettings.read(values));
    }

    @Override
    public void check(Values values) throws ConfigException {
        StreamSettings.read(values);
    }

    /** Makes the source. */
    public record Factory(RedisSettings redis, StreamSettings streams) implements SourceFactory {
        @Override
        public EventSource create(SourceContext context) {
            return new RedisStreamSource(new RedisClients(redis, context.nanoClock()), streams, context);
        }

        @Override
        public @Nullable String refuse(ChannelSpec channel) {
            return channel.isPattern()
                    ? "with --source streams: the keys of streams, since those have no patterns"
                    : null;
        }
    }
}
