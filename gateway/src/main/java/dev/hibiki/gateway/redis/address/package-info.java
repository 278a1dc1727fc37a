/** The address of Redis, as operators write it, and the commands that lead there. */
@NullMarked
package dev.hibiki.gateway.redis.address;

import org.jspecify.annotations.NullMarked;
