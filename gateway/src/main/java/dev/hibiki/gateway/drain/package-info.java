/** The end of a gateway: it ends its sessions at a pace, so that their clients can go to other gateways. */
@NullMarked
package dev.hibiki.gateway.drain;

import org.jspecify.annotations.NullMarked;
