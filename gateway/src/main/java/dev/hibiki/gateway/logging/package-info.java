/** What a line of the log looks like. */
@NullMarked
package dev.hibiki.gateway.logging;

import org.jspecify.annotations.NullMarked;
