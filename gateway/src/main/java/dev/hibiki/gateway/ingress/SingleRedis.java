package dev.hibiki.gateway.ingress;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** One Redis at one address. Thread-safe. */
final class SingleRedis implements RedisTopology {
    private final RedisURI uri;
    private final RedisClient client;
    private final CommandConnection connection;

    /** Takes the client over. */
    SingleRedis(RedisURI uri, RedisClient client, Attempts attempts) {
        this.uri = uri;
        this.client = client;
        this.connection = new CommandConnection(client, attempts);
    }

    @Override
    public List<List<String>> groups(List<String> names) {
        return List.of(names);
    }

    @Override
    public CompletionStage<RedisURI> locate(String name) {
        return CompletableFuture.completedFuture(uri);
    }

    @Override
    public CompletionStage<Optional<RedisURI>> glance(String name) {
        return CompletableFuture.completedFuture(Optional.of(uri));
    }

    @Override
    public CompletionStage<RedisClusterAsyncCommands<String, byte[]>> commands(String name) {
        return connection.commands(() -> locate(name));
    }

    @Override
    public void close() {
        // Closes the connection too. To close it before would make Lettuce warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
