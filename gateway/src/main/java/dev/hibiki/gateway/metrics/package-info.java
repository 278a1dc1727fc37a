/** The metrics of the gateway: their names, descriptions and counters. */
@NullMarked
package dev.hibiki.gateway.metrics;

import org.jspecify.annotations.NullMarked;
