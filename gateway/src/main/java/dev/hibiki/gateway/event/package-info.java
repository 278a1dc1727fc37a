/** What is published: events, their ids, and the parser that makes one from a publisher's bytes. */
@NullMarked
package dev.hibiki.gateway.event;

import org.jspecify.annotations.NullMarked;
