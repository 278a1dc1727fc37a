package dev.hibiki.gateway.plugins;

import dev.hibiki.gateway.ingress.SourceType;
import dev.hibiki.gateway.redis.pubsub.RedisPubSubType;
import dev.hibiki.gateway.redis.stream.RedisStreamType;
import dev.hibiki.gateway.ws.HibikiV1;
import dev.hibiki.gateway.ws.Subprotocol;
import java.util.List;
import java.util.stream.Stream;

/**
 * The registry: a new kind of source or a new subprotocol is one line here. Immutable.
 *
 * @param sources the first one is the default of {@code --source}
 * @param subprotocols of WebSocket, with their wire formats; of several that a client offers, the first one here is chosen
 */
public record Plugins(List<SourceType> sources, List<Subprotocol> subprotocols) {
    public Plugins {
        sources = List.copyOf(sources);
        subprotocols = List.copyOf(subprotocols);
    }

    /** Returns everything that comes with the gateway. */
    public static Plugins builtIn() {
        return new Plugins(List.of(new RedisPubSubType(), new RedisStreamType()), List.of(new HibikiV1()));
    }

    /** Returns these, and behind them another kind of source. */
    public Plugins with(SourceType added) {
        return new Plugins(Stream.concat(sources.stream(), Stream.of(added)).toList(), subprotocols);
    }

    /** Returns these, and behind them another subprotocol. */
    public Plugins with(Subprotocol added) {
        return new Plugins(
                sources, Stream.concat(subprotocols.stream(), Stream.of(added)).toList());
    }
}
