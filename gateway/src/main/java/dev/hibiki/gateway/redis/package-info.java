/** Events from Redis Pub/Sub, and everything that knows how Redis is run. */
@NullMarked
package dev.hibiki.gateway.redis;

import org.jspecify.annotations.NullMarked;
