package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One Redis that serves all names; after a failover it may have another address. Thread-safe. */
final class SingleRedis implements RedisTopology {
    private final Supplier<CompletionStage<RedisURI>> where;
    private final RedisClient client;
    private final PendingConnects attempts;
    private final CommandConnection connection;
    private volatile boolean closed;

    /**
     * Takes ownership of the client.
     *
     * @param where asks for its current address; fails when that cannot be found out
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
    public CompletionStage<Optional<RedisURI>> lastKnown(String name) {
        return locate(name).thenApply(Optional::of).exceptionally(unknown -> Optional.empty());
    }

    @Override
    public CompletionStage<RedisClusterAsyncCommands<String, byte[]>> commands(String name) {
        return connection.commands(() -> locate(name));
    }

    @Override
    public <T> CompletionStage<T> callAsNewClient(
            String name, Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> call) {
        return locate(name)
                .thenCompose(node -> attempts.begin(() -> client.connectAsync(RedisClients.CODEC, node)))
                .thenCompose(fresh -> call.apply(fresh.async()).whenComplete((done, failure) -> {
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
        // This closes its connections too. If one were closed before, Lettuce would warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }

    /** The one connection for commands to a Redis. It is made for the first command, and again when it has ended. Thread-safe. */
    static final class CommandConnection {
        private final RedisClient client;
        private final PendingConnects attempts;
        private @Nullable CompletableFuture<StatefulRedisConnection<String, byte[]>> connection;
        private @Nullable RedisURI connectedTo;

        /** @param client borrowed; its connections end for good when they break */
        CommandConnection(RedisClient client, PendingConnects attempts) {
            this.client = client;
            this.attempts = attempts;
        }

        /** @param where called for the address when a connection has to be made */
        synchronized CompletionStage<RedisClusterAsyncCommands<String, byte[]>> commands(
                Supplier<CompletionStage<RedisURI>> where) {
            if (connection == null || hasEnded(connection)) {
                end();
                connection = where.get().thenCompose(this::connect).toCompletableFuture();
            }
            return connection.thenApply(StatefulRedisConnection::async);
        }

        private synchronized CompletionStage<StatefulRedisConnection<String, byte[]>> connect(RedisURI node) {
            connectedTo = node;
            return attempts.begin(() -> client.connectAsync(RedisClients.CODEC, node));
        }

        private static boolean hasEnded(CompletableFuture<StatefulRedisConnection<String, byte[]>> attempt) {
            return attempt.isCompletedExceptionally()
                    || (attempt.isDone() && !attempt.join().isOpen());
        }

        /** Ends the connection if it leads to another Redis than this one, which serves the data now. */
        synchronized void follow(RedisURI node) {
            if (connectedTo != null && !connectedTo.equals(node)) {
                end();
            }
        }

        /** Ends the connection: commands under way fail, and the next one makes another connection. */
        synchronized void end() {
            if (connection != null) {
                connection.thenAccept(StatefulRedisConnection::closeAsync);
                connection = null;
                connectedTo = null;
            }
        }
    }
}
