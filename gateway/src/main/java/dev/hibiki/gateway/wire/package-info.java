/** How events and messages look on the wire: formats, control messages of hibiki.v1, close codes. */
@NullMarked
package dev.hibiki.gateway.wire;

import org.jspecify.annotations.NullMarked;
