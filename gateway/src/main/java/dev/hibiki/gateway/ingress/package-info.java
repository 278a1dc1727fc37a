/** Where events come from and where published ones go: Redis, or this process. */
@NullMarked
package dev.hibiki.gateway.ingress;

import org.jspecify.annotations.NullMarked;
