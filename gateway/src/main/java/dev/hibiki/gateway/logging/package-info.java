/** The levels and the line format of the log. */
@NullMarked
package dev.hibiki.gateway.logging;

import org.jspecify.annotations.NullMarked;
