package dev.hibiki.testing;

import org.jspecify.annotations.Nullable;

/**
 * The counts of one client of a {@link WebSocketSwarm}. Immutable.
 *
 * @param client its number in the swarm, from 0
 * @param open whether it is connected and its handshake has succeeded
 * @param connections how often its handshake succeeded
 * @param messages how many text messages it has received
 * @param payloadBytes the bytes of these messages
 * @param digest the {@link StreamDigest} of their payloads
 * @param firstSequence the first sequence number, -1 if there was none
 * @param lastSequence the highest sequence number, -1 if there was none
 * @param missing how many numbers between these two are missing
 * @param duplicates how many messages had a repeated number
 * @param reordered how many messages came after a higher number
 * @param pings how many pings it has received
 * @param closure the end of the last connection, null while it is open or another follows; its reason names a violation of the protocol
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
