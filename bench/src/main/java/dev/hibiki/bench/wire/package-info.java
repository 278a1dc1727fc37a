/**
 * Reads the bytes of a server in place: WebSocket frames, Server-Sent Events and JSON fields. It opens no sockets. It shares
 * no code with the gateway, so that both cannot make the same mistake. It shares none with {@code testing} either, whose
 * readers are strict and allocate.
 */
@NullMarked
package dev.hibiki.bench.wire;

import org.jspecify.annotations.NullMarked;
