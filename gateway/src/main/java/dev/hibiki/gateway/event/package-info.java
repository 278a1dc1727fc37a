/** Events, their ids, and the parser that makes an event from published bytes. */
@NullMarked
package dev.hibiki.gateway.event;

import org.jspecify.annotations.NullMarked;
