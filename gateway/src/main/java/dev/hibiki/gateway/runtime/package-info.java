/** Event loops, transports, sockets, and what else belongs to the machine. */
@NullMarked
package dev.hibiki.gateway.runtime;

import org.jspecify.annotations.NullMarked;
