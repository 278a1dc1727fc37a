/** The logs of topics: their segments, what an event loop holds of them, the index of ids, and the budget of memory. */
@NullMarked
package dev.hibiki.gateway.hub.log;

import org.jspecify.annotations.NullMarked;
