/** How clients leave a gateway that ends. */
@NullMarked
package dev.hibiki.gateway.drain;

import org.jspecify.annotations.NullMarked;
