/** Events from Redis Pub/Sub. */
@NullMarked
package dev.hibiki.gateway.redis.pubsub;

import org.jspecify.annotations.NullMarked;
