/** What a server sends, read in place from a byte buffer: WebSocket frames, Server-Sent Events, JSON fields. No sockets. */
@NullMarked
package dev.hibiki.bench.wire;

import org.jspecify.annotations.NullMarked;
