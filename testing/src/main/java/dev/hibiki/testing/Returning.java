package dev.hibiki.testing;

import org.jspecify.annotations.Nullable;

/** Decides whether and when one client of a {@link WebSocketSwarm} reconnects, and with which target. Called on the thread of the swarm. */
@FunctionalInterface
public interface Returning {
    /**
     * Called when a connection has ended or could not be opened.
     *
     * @param how the end of the connection
     * @param refusal the answer to the handshake without its body, if its status was not 101
     * @return null for a client that does not reconnect
     */
    @Nullable Return after(Closure how, @Nullable HandshakeResponse refusal);

    /**
     * The next attempt of a client.
     *
     * @param delayMs how long the client waits before it
     * @param target its request target, such as {@code /ws?last_id=7}
     */
    record Return(long delayMs, String target) {}
}
