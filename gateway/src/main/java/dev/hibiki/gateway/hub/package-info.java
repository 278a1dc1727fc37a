/** Fan-out: topics, and one shard of subscribers per event loop. */
@NullMarked
package dev.hibiki.gateway.hub;

import org.jspecify.annotations.NullMarked;
