/**
 * What a server sends, read in place from a byte buffer: WebSocket frames, Server-Sent Events, JSON fields. No sockets. It
 * shares no code with the gateway, so that both cannot make the same mistake, nor with {@code testing}, which is strict
 * and allocates.
 */
@NullMarked
package dev.hibiki.bench.wire;

import org.jspecify.annotations.NullMarked;
