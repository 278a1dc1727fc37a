package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import java.util.concurrent.CompletionStage;

/** Uses the connections of a feed. Called on the thread of its {@link RedisLifeCycle}. */
public interface ConnectionHandler<C extends StatefulConnection<?, ?>> {
    /** Connects. */
    CompletionStage<C> dial(RedisClient client, RedisURI node);

    /** Begins to use a new connection. */
    void connected(RedisLifeCycle.Link link, C connection);

    /** Checks whether the connection still lives; called every two seconds. */
    void watch(RedisLifeCycle.Link link, C connection);

    /** Stops using the connection, if there was one. */
    void ended();
}
