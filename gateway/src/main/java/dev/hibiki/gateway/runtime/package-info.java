/** The interface to the machine: event loops, transports, sockets, files, signals and systemd. */
@NullMarked
package dev.hibiki.gateway.runtime;

import org.jspecify.annotations.NullMarked;
