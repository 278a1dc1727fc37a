package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Which Redis serves a channel or a key, for one way of running Redis. Thread-safe. */
interface RedisTopology extends AutoCloseable {
    /** Sorts names into groups that are always served by one and the same Redis. */
    List<List<String>> groups(List<String> names);

    /** Asks where the name is served now; fails when nobody can tell. */
    CompletionStage<RedisURI> locate(String name);

    /** Where the name is served as far as can be told without ado; never fails. */
    CompletionStage<Optional<RedisURI>> glance(String name);

    /** Commands that go to the Redis that serves the name; over a connection that all share. */
    CompletionStage<RedisClusterAsyncCommands<String, byte[]>> commands(String name);

    /**
     * Asks one thing of the Redis that serves the name, as whoever comes new would reach it: where names or addresses may
     * lead elsewhere by now, over a connection of its own.
     */
    <T> CompletionStage<T> once(
            String name, Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> question);

    /** Where {@link #commands} lead may be the wrong place: from now on they go over new connections. */
    void reconnect();

    @Override
    void close();
}
