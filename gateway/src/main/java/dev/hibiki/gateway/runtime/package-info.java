/** Event loops, transports and the clock. */
@NullMarked
package dev.hibiki.gateway.runtime;

import org.jspecify.annotations.NullMarked;
