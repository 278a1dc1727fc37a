package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Brings the events of the channels or keys that one Redis serves. Thread-safe. */
public interface RedisFeed extends AutoCloseable {
    /** Begins to connect; returns at once. */
    void start();

    SourceHealth health();

    /** Returns true until the feed has had its first chance: until then the source is not ready, however many others are. */
    boolean isStarting();

    /** As {@link EventSource#clientsSentAway}, but returns at once. The result never fails. */
    default CompletionStage<?> clientsSentAway(int withinMs) {
        return CompletableFuture.completedFuture(null);
    }

    /** Waits for the event that is just being handed on. */
    @Override
    void close();
}
