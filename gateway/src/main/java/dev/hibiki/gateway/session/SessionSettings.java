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
 * @param limits the limits of one client
 */
public record SessionSettings(
        int pingIntervalMs,
        int maxWriteBytes,
        int stallTimeoutMs,
        GatewayConfig.Lag lag,
        GatewayConfig.ClientLimits limits) {
    /** The time that a client has to answer a close before its socket is reset. */
    public static final int LINGER_MS = 3_000;

    public static SessionSettings of(GatewayConfig config) {
        return new SessionSettings(
                config.timing().pingIntervalMs(),
                config.limits().maxWriteBytes(),
                config.timing().stallTimeoutMs(),
                config.lag(),
                config.edge().limits());
    }
}
