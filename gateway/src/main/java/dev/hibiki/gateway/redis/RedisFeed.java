package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.ingress.SourceHealth;

/** Brings the events of the channels or keys that one Redis serves. Thread-safe. */
public interface RedisFeed extends AutoCloseable {
    /** Begins to connect; returns at once. */
    void start();

    SourceHealth health();

    /** Waits for the event that is just being handed on. */
    @Override
    void close();
}
