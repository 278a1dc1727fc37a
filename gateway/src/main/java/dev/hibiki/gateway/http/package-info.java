/** Plain HTTP: routing, responses, request bodies. It knows nothing of the product. */
@NullMarked
package dev.hibiki.gateway.http;

import org.jspecify.annotations.NullMarked;
