/** WebSocket: the handshake and the session behind it. */
@NullMarked
package dev.hibiki.gateway.ws;

import org.jspecify.annotations.NullMarked;
