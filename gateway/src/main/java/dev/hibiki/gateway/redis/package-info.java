/** Connections to Redis, and what every kind of source needs of them. */
@NullMarked
package dev.hibiki.gateway.redis;

import org.jspecify.annotations.NullMarked;
