package dev.hibiki.gateway.ingress;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One Redis that serves all, which may be somewhere else after a failover. Thread-safe. */
final class SingleRedis implements RedisTopology {
    private final Supplier<CompletionStage<RedisURI>> where;
    private final RedisClient client;
    private final CommandConnection connection;

    /**
     * Takes the client over.
     *
     * @param where asks where it is now; fails when nobody can tell
     */
    SingleRedis(Supplier<CompletionStage<RedisURI>> where, RedisClient client, Attempts attempts) {
        this.where = where;
        this.client = client;
        this.connection = new CommandConnection(client, attempts);
    }

    @Override
    public List<List<String>> groups(List<String> names) {
        return List.of(names);
    }

    @Override
    public CompletionStage<RedisURI> locate(String name) {
        return where.get().thenApply(node -> {
            connection.follow(node);
            return node;
        });
    }

    @Override
    public CompletionStage<Optional<RedisURI>> glance(String name) {
        return locate(name).thenApply(Optional::of).exceptionally(nobodyKnows -> Optional.empty());
    }

    @Override
    public CompletionStage<RedisClusterAsyncCommands<String, byte[]>> commands(String name) {
        return connection.commands(() -> locate(name));
    }

    @Override
    public void close() {
        // Closes its connections too. To close one before would make Lettuce warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
