/** Listeners and pipelines. */
@NullMarked
package dev.hibiki.gateway.server;

import org.jspecify.annotations.NullMarked;
