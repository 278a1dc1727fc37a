/** Server-Sent Events: the endpoint and the session behind it. */
@NullMarked
package dev.hibiki.gateway.sse;

import org.jspecify.annotations.NullMarked;
