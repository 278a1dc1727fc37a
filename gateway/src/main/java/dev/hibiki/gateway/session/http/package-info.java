/** From an HTTP request to a session: the checks, what the client asks for, and the swap of the handlers. */
@NullMarked
package dev.hibiki.gateway.session.http;

import org.jspecify.annotations.NullMarked;
