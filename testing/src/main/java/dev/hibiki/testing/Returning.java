package dev.hibiki.testing;

import org.jspecify.annotations.Nullable;

/** Decides for one client of a {@link WebSocketSwarm} whether it comes back, when, and what it asks for. Asked on the thread of the swarm. */
@FunctionalInterface
public interface Returning {
    /**
     * Asked when a connection has ended or could not be opened.
     *
     * @param how how it ended
     * @param refusal the answer to the handshake when that was not 101, without its body
     * @return null for a client that does not come back
     */
    @Nullable Return after(Closure how, @Nullable HandshakeResponse refusal);

    /**
     * The next attempt of a client.
     *
     * @param delayMs how long it waits before
     * @param target what it asks for, such as {@code /ws?last_id=7}
     */
    record Return(long delayMs, String target) {}
}
