package dev.hibiki.gateway.session;

import dev.hibiki.gateway.config.GatewayConfig;

/**
 * The settings of all sessions. Immutable.
 *
 * @param pingIntervalMs the time between two pings; a client that gives no sign of life in it is dead
 * @param maxWriteBytes the most bytes that one write takes from the logs: more bytes coalesce more events, but let the
 *     other clients of the loop wait longer
 * @param stallTimeoutMs the time after which a client that takes no bytes is reset
 * @param lag the policies for clients that are too slow
 * @param maxMessagesPerSecond the limit for the messages of one client; 0 for no limit
 * @param maxMessageBytes the limit for a message of a client, for each frame of it, and for its inflated size
 * @param maxTopics the most topics, channels times regions, that one session may read
 */
public record SessionSettings(
        int pingIntervalMs,
        int maxWriteBytes,
        int stallTimeoutMs,
        GatewayConfig.Lag lag,
        int maxMessagesPerSecond,
        int maxMessageBytes,
        int maxTopics) {
    /** The time that a client has to answer a close before its socket is reset. */
    public static final int LINGER_MS = 3_000;
}
