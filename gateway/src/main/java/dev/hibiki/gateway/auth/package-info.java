/** Who may publish, who may listen, and to what: keys, tokens, and the rights that tokens give. */
@NullMarked
package dev.hibiki.gateway.auth;

import org.jspecify.annotations.NullMarked;
