/** The gateway process: it wires the parts, starts them and ends them. */
@NullMarked
package dev.hibiki.gateway;

import org.jspecify.annotations.NullMarked;
