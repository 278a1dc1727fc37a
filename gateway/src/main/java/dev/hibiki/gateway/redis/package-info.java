/** Events from Redis Pub/Sub, and everything that knows how to reach Redis. */
@NullMarked
package dev.hibiki.gateway.redis;

import org.jspecify.annotations.NullMarked;
