package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** One Redis that serves all, which may be somewhere else after a failover. Thread-safe. */
final class SingleRedis implements RedisTopology {
    private final Supplier<CompletionStage<RedisURI>> where;
    private final RedisClient client;
    private final PendingConnects attempts;
    private final CommandConnection connection;
    private volatile boolean closed;

    /**
     * Takes the client over.
     *
     * @param where asks where it is now; fails when nobody can tell
     */
    SingleRedis(Supplier<CompletionStage<RedisURI>> where, RedisClient client, PendingConnects attempts) {
        this.where = where;
        this.client = client;
        this.attempts = attempts;
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
    public <T> CompletionStage<T> once(
            String name, Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> question) {
        return locate(name)
                .thenCompose(node -> attempts.begin(() -> client.connectAsync(RedisClients.CODEC, node)))
                .thenCompose(fresh -> question.apply(fresh.async()).whenComplete((done, failure) -> {
                    if (!closed) {
                        fresh.closeAsync();
                    }
                }));
    }

    @Override
    public void reconnect() {
        connection.end();
    }

    @Override
    public void close() {
        closed = true;
        // Closes its connections too. To close one before would make Lettuce warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
