/** The configured channels: names and patterns, and which of them owns a channel. */
@NullMarked
package dev.hibiki.gateway.channels;

import org.jspecify.annotations.NullMarked;
