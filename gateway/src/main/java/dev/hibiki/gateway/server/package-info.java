/** Listening ports, and the pipeline of a new connection. */
@NullMarked
package dev.hibiki.gateway.server;

import org.jspecify.annotations.NullMarked;
