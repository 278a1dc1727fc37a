/** The kinds of sources and subprotocols that the gateway has. */
@NullMarked
package dev.hibiki.gateway.plugins;

import org.jspecify.annotations.NullMarked;
