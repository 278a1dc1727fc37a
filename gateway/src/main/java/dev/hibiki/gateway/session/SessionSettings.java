package dev.hibiki.gateway.session;

import dev.hibiki.gateway.config.GatewayConfig;

/**
 * What all sessions have in common.
 *
 * @param pingIntervalMs how often a client is pinged; one that shows no life from one ping to the next is dead
 * @param maxWriteBytes how much one write takes from the logs: more is more coalescing, and longer turns for one client
 * @param lingerMs how long a client may take to answer a close before its socket is reset
 * @param stallTimeoutMs after how long a client that accepts no byte is cut off
 * @param lag what becomes of clients that are too slow
 * @param maxMessagesPerSecond how much a client may say; 0 for no limit
 * @param maxMessageBytes how long a message of a client may be, a frame of it, and what it inflates to
 * @param maxTopics how many topics, channels times regions, one session may read
 */
public record SessionSettings(
        int pingIntervalMs,
        int maxWriteBytes,
        int lingerMs,
        int stallTimeoutMs,
        GatewayConfig.Lag lag,
        int maxMessagesPerSecond,
        int maxMessageBytes,
        int maxTopics) {}
