/** TLS for the connections of clients: certificates, handshakes and their failures. */
@NullMarked
package dev.hibiki.gateway.tls;

import org.jspecify.annotations.NullMarked;
