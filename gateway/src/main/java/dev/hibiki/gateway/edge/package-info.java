/** Decides which clients may connect: addresses, proxies, limits, origins, admission and refusals. */
@NullMarked
package dev.hibiki.gateway.edge;

import org.jspecify.annotations.NullMarked;
