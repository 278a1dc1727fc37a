/** The events: what they look like, when each is due, and how it gets to the server. */
@NullMarked
package dev.hibiki.bench.publish;

import org.jspecify.annotations.NullMarked;
