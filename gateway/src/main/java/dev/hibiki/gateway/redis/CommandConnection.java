package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one connection for commands to a Redis. It is made for the first command, and again when it has ended. Thread-safe. */
final class CommandConnection {
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
