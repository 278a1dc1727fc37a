/** What the gateway counts, and the names it shows it under. */
@NullMarked
package dev.hibiki.gateway.metrics;

import org.jspecify.annotations.NullMarked;
