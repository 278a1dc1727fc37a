package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.SourceKind;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.ingress.PublishFailedException;
import dev.hibiki.gateway.ingress.Publisher;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Publishes through Redis, as a message or as an entry of a stream, so that every gateway on that Redis delivers the event;
 * this one too, once it comes back. Thread-safe.
 */
public final class RedisPublisher implements Publisher {
    private final RedisClients clients;
    private final GatewayConfig.Source settings;

    public RedisPublisher(RedisClients clients, GatewayConfig.Source settings) {
        this.clients = clients;
        this.settings = settings;
    }

    @Override
    public CompletionStage<List<String>> publish(ChannelSpec owner, String channel, List<Event> events) {
        return clients.commands(channel)
                .exceptionally(failure -> {
                    throw new PublishFailedException(List.of(), RedisFailure.reason(failure), failure);
                })
                .thenCompose(commands -> send(commands, channel, events))
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        // Perhaps it is served elsewhere by now: whoever tries again is to find it there.
                        clients.locate(channel);
                    }
                });
    }

    private CompletionStage<List<String>> send(
            RedisClusterAsyncCommands<String, byte[]> commands, String channel, List<Event> events) {
        // One connection answers in the order in which it was asked, so the first failure ends the run of successes.
        List<CompletableFuture<String>> sent = new ArrayList<>();
        for (Event event : events) {
            sent.add(send(commands, channel, event).toCompletableFuture());
        }
        return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> idsOf(sent))
                .exceptionally(failure -> {
                    throw new PublishFailedException(idsOf(sent), RedisFailure.reason(failure), failure);
                });
    }

    /** Completes with the event's id: its own, else that which Redis gave it. */
    private CompletionStage<String> send(
            RedisClusterAsyncCommands<String, byte[]> commands, String channel, Event event) {
        if (settings.kind() == SourceKind.PUBSUB) {
            RedisFuture<Long> receivers = clients.isSharded()
                    ? commands.spublish(channel, event.json())
                    : commands.publish(channel, event.json());
            return receivers.thenApply(count -> event.id());
        }
        XAddArgs trimmed = XAddArgs.Builder.maxlen(settings.streamMaxLength()).approximateTrimming();
        return commands.xadd(channel, trimmed, Map.of("data", event.json()))
                .thenApply(entryId -> event.id().isEmpty() ? entryId : event.id());
    }

    private static List<String> idsOf(List<CompletableFuture<String>> sent) {
        return sent.stream()
                .takeWhile(one -> !one.isCompletedExceptionally())
                .map(CompletableFuture::join)
                .toList();
    }
}
