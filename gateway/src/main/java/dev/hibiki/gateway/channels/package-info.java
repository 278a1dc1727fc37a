/** Names, patterns and specifications of channels. */
@NullMarked
package dev.hibiki.gateway.channels;

import org.jspecify.annotations.NullMarked;
