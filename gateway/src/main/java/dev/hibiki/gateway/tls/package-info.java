/** TLS on the port where clients connect. */
@NullMarked
package dev.hibiki.gateway.tls;

import org.jspecify.annotations.NullMarked;
