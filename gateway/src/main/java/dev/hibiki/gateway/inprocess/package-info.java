/** The source of a gateway without Redis: what is published over HTTP. */
@NullMarked
package dev.hibiki.gateway.inprocess;

import org.jspecify.annotations.NullMarked;
