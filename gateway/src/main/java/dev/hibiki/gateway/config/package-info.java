/** The options of the gateway: immutable records, and the one loader that fills them. */
@NullMarked
package dev.hibiki.gateway.config;

import org.jspecify.annotations.NullMarked;
