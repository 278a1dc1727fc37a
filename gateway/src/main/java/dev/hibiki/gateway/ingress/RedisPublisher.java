package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.SourceKind;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.ChannelSpec;
import io.lettuce.core.RedisClient;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Publishes through Redis, as a message or as an entry of a stream, so that every gateway on that Redis delivers the event;
 * this one too, once it comes back. Thread-safe.
 */
public final class RedisPublisher implements Publisher, AutoCloseable {
    private static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private final RedisClients clients;
    private final RedisClient client;
    private final GatewayConfig.Source settings;
    private @Nullable CompletableFuture<StatefulRedisConnection<String, byte[]>> connection;

    public RedisPublisher(RedisClients clients, GatewayConfig.Source settings) {
        this.clients = clients;
        // A connection that comes back by itself sends again what had no answer, and a stream keeps both.
        this.client = clients.newOneShotClient();
        this.settings = settings;
    }

    @Override
    public CompletionStage<List<String>> publish(ChannelSpec owner, String channel, List<Event> events) {
        return connection()
                .exceptionally(failure -> {
                    throw new PublishFailedException(List.of(), RedisFailure.reason(failure), failure);
                })
                .thenCompose(connected -> send(connected, channel, events));
    }

    /** The one connection; one that failed or ended is not kept, so that the next call tries again. */
    private synchronized CompletableFuture<StatefulRedisConnection<String, byte[]>> connection() {
        if (connection == null || connection.isCompletedExceptionally() || hasEnded(connection)) {
            connection = client.connectAsync(CODEC, clients.uri()).toCompletableFuture();
        }
        return connection;
    }

    private static boolean hasEnded(CompletableFuture<StatefulRedisConnection<String, byte[]>> attempt) {
        return attempt.isDone() && !attempt.join().isOpen();
    }

    private CompletionStage<List<String>> send(
            StatefulRedisConnection<String, byte[]> connected, String channel, List<Event> events) {
        // One connection answers in the order in which it was asked, so the first failure ends the run of successes.
        List<CompletableFuture<String>> sent = new ArrayList<>();
        for (Event event : events) {
            sent.add(send(connected, channel, event).toCompletableFuture());
        }
        return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> idsOf(sent))
                .exceptionally(failure -> {
                    throw new PublishFailedException(idsOf(sent), RedisFailure.reason(failure), failure);
                });
    }

    /** Completes with the event's id: its own, else that which Redis gave it. */
    private CompletionStage<String> send(
            StatefulRedisConnection<String, byte[]> connected, String channel, Event event) {
        if (settings.kind() == SourceKind.PUBSUB) {
            return connected.async().publish(channel, event.json()).thenApply(receivers -> event.id());
        }
        XAddArgs trimmed = XAddArgs.Builder.maxlen(settings.streamMaxLength()).approximateTrimming();
        return connected
                .async()
                .xadd(channel, trimmed, Map.of("data", event.json()))
                .thenApply(entryId -> event.id().isEmpty() ? entryId : event.id());
    }

    private static List<String> idsOf(List<CompletableFuture<String>> sent) {
        return sent.stream()
                .takeWhile(one -> !one.isCompletedExceptionally())
                .map(CompletableFuture::join)
                .toList();
    }

    @Override
    public void close() {
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
