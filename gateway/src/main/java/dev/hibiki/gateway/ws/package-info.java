/** WebSocket: the handshake, the pipeline swap and the session behind it. */
@NullMarked
package dev.hibiki.gateway.ws;

import org.jspecify.annotations.NullMarked;
