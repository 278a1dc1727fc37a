/** Bytes ready for the wire. */
@NullMarked
package dev.hibiki.gateway.frame;

import org.jspecify.annotations.NullMarked;
