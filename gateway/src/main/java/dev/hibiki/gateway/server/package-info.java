/** Ports, and the pipeline of a connection that begins as HTTP. */
@NullMarked
package dev.hibiki.gateway.server;

import org.jspecify.annotations.NullMarked;
