package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.ingress.PublishFailedException;
import dev.hibiki.gateway.ingress.Publisher;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Publishes through Redis, so that every gateway on that Redis delivers the event. This one does too, when it comes back.
 * Thread-safe.
 */
public final class RedisPublisher implements Publisher {
    private final RedisClients clients;
    private final Sender sender;

    RedisPublisher(RedisClients clients, Sender sender) {
        this.clients = clients;
        this.sender = sender;
    }

    /** Publishes one event in the way of its kind of source. */
    @FunctionalInterface
    public interface Sender {
        /** Completes with the id of the event: its own, else the one that Redis gave it. */
        CompletionStage<String> send(RedisClusterAsyncCommands<String, byte[]> commands, String channel, Event event);
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
                        // Another Redis may serve the channel by now: the next attempt has to find it there.
                        clients.locate(channel);
                    }
                });
    }

    private CompletionStage<List<String>> send(
            RedisClusterAsyncCommands<String, byte[]> commands, String channel, List<Event> events) {
        // One connection answers in the order of the commands, so the first failure ends the run of successes.
        List<CompletableFuture<String>> sent = new ArrayList<>();
        for (Event event : events) {
            sent.add(sender.send(commands, channel, event).toCompletableFuture());
        }
        return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> idsOf(sent))
                .exceptionally(failure -> {
                    throw new PublishFailedException(idsOf(sent), RedisFailure.reason(failure), failure);
                });
    }

    private static List<String> idsOf(List<CompletableFuture<String>> sent) {
        return sent.stream()
                .takeWhile(id -> !id.isCompletedExceptionally())
                .map(CompletableFuture::join)
                .toList();
    }
}
