package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.ChannelSpec;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Publishes through Redis Pub/Sub, so that every gateway on that Redis delivers the event; this one too, once it comes
 * back. Thread-safe.
 */
public final class RedisPublisher implements Publisher, AutoCloseable {
    private static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private final RedisClients clients;
    private final RedisClient client;
    private @Nullable CompletableFuture<StatefulRedisConnection<String, byte[]>> connection;

    public RedisPublisher(RedisClients clients) {
        this.clients = clients;
        this.client = clients.newReconnectingClient();
    }

    @Override
    public CompletionStage<Void> publish(ChannelSpec owner, String channel, List<Event> events) {
        return connection()
                .exceptionally(failure -> {
                    throw new PublishFailedException(0, RedisFailure.reason(failure), failure);
                })
                .thenCompose(connected -> send(connected, channel, events));
    }

    /** The one connection; a failed attempt is not kept, so that the next call tries again. */
    private synchronized CompletableFuture<StatefulRedisConnection<String, byte[]>> connection() {
        if (connection == null || connection.isCompletedExceptionally()) {
            connection = client.connectAsync(CODEC, clients.uri()).toCompletableFuture();
        }
        return connection;
    }

    private static CompletionStage<Void> send(
            StatefulRedisConnection<String, byte[]> connected, String channel, List<Event> events) {
        // One connection answers in the order in which it was asked, so the first failure ends the run of successes.
        List<CompletableFuture<Long>> sent = new ArrayList<>();
        for (Event event : events) {
            sent.add(connected.async().publish(channel, event.json()).toCompletableFuture());
        }
        return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
                .exceptionally(failure -> {
                    int taken = (int) sent.stream()
                            .takeWhile(one -> !one.isCompletedExceptionally())
                            .count();
                    throw new PublishFailedException(taken, RedisFailure.reason(failure), failure);
                });
    }

    @Override
    public void close() {
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
