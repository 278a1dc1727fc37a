/** A probe on the last leg of an event's way: from the hub through each event loop to a socket. */
@NullMarked
package dev.hibiki.gateway.canary;

import org.jspecify.annotations.NullMarked;
