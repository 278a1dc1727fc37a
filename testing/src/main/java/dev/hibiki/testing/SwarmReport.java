package dev.hibiki.testing;

import org.jspecify.annotations.Nullable;

/**
 * What one client of a {@link WebSocketSwarm} has seen. Immutable.
 *
 * @param client its number in the swarm, from 0
 * @param open whether its handshake succeeded and its connection stands
 * @param connections how often its handshake succeeded
 * @param messages how many text messages came
 * @param payloadBytes their bytes
 * @param digest the {@link StreamDigest} of their payloads
 * @param firstSequence the first sequence number, -1 if none came
 * @param lastSequence the highest sequence number, -1 if none came
 * @param missing how many between those two never came
 * @param duplicates how many messages repeated a number
 * @param reordered how many came after a higher one
 * @param pings how many pings came
 * @param closure how the connection ended, null while it stands or another is to come; a breach of the protocol is told in its reason
 */
public record SwarmReport(
        int client,
        boolean open,
        int connections,
        long messages,
        long payloadBytes,
        long digest,
        long firstSequence,
        long lastSequence,
        long missing,
        long duplicates,
        long reordered,
        long pings,
        @Nullable Closure closure) {}
