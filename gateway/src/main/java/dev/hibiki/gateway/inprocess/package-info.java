/** The source of a gateway for which no other one is configured. */
@NullMarked
package dev.hibiki.gateway.inprocess;

import org.jspecify.annotations.NullMarked;
