/** The machinery of options: what an option is, and the values that the operator gave. */
@NullMarked
package dev.hibiki.gateway.options;

import org.jspecify.annotations.NullMarked;
