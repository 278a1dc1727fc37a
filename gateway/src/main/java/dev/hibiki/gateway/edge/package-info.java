/** Who may come in: addresses, proxies, limits, origins, admission and refusals. */
@NullMarked
package dev.hibiki.gateway.edge;

import org.jspecify.annotations.NullMarked;
