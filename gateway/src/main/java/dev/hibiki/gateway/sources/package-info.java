/** Which sources there are. */
@NullMarked
package dev.hibiki.gateway.sources;

import org.jspecify.annotations.NullMarked;
