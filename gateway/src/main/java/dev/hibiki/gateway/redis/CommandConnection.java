package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one connection over which commands go to a Redis; made when first asked for, and again when it has ended. Thread-safe. */
final class CommandConnection {
    private final RedisClient client;
    private final PendingConnects attempts;
    private @Nullable CompletableFuture<StatefulRedisConnection<String, byte[]>> connection;
    private @Nullable RedisURI connectedTo;

    /** @param client whose connections end for good when they break; stays the caller's to close */
    CommandConnection(RedisClient client, PendingConnects attempts) {
        this.client = client;
        this.attempts = attempts;
    }

    /** @param where asked when a connection is to be made */
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

    /** The data is there now: a connection to somewhere else would still answer, and help nobody. */
    synchronized void follow(RedisURI node) {
        if (connectedTo != null && !connectedTo.equals(node)) {
            end();
        }
    }

    /** Lets the next command make another connection; those under way fail. */
    synchronized void end() {
        if (connection != null) {
            connection.thenAccept(StatefulRedisConnection::closeAsync);
            connection = null;
            connectedTo = null;
        }
    }
}
