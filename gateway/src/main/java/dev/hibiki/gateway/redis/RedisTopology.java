package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Tells which Redis serves a channel or a key, for one way of running Redis. Thread-safe. */
interface RedisTopology extends AutoCloseable {
    /** Sorts names into groups; one Redis serves all names of a group, always. */
    List<List<String>> groups(List<String> names);

    /** Asks which Redis serves the name now; fails when that cannot be found out. */
    CompletionStage<RedisURI> locate(String name);

    /** Returns which Redis serves the name, as far as that is known without much work; never fails. */
    CompletionStage<Optional<RedisURI>> lastKnown(String name);

    /** Returns commands to the Redis that serves the name, over a connection that all callers share. */
    CompletionStage<RedisClusterAsyncCommands<String, byte[]>> commands(String name);

    /**
     * Calls the Redis that a new client would reach under this name. Where a name or an address may lead to another Redis by
     * now, the call has a connection of its own.
     */
    <T> CompletionStage<T> callAsNewClient(
            String name, Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> call);

    /** Makes {@link #commands} go over new connections from now on: the current ones may lead to the wrong Redis. */
    void reconnect();

    @Override
    void close();
}
