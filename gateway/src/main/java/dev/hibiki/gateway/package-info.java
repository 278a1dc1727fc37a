/** The gateway process: start, wiring, end. */
@NullMarked
package dev.hibiki.gateway;

import org.jspecify.annotations.NullMarked;
