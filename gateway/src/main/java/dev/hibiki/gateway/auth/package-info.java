/** Keys and tokens: who may publish, who may read, and which channels and regions. */
@NullMarked
package dev.hibiki.gateway.auth;

import org.jspecify.annotations.NullMarked;
