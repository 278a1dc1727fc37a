/** Events from Redis Streams. */
@NullMarked
package dev.hibiki.gateway.redis.stream;

import org.jspecify.annotations.NullMarked;
