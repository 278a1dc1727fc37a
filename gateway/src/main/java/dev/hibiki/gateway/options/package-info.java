/** Options in general: how any package declares an option and reads its value. */
@NullMarked
package dev.hibiki.gateway.options;

import org.jspecify.annotations.NullMarked;
