/** Plain HTTP: routes, requests, responses and their time limits, without any knowledge of the product. */
@NullMarked
package dev.hibiki.gateway.http;

import org.jspecify.annotations.NullMarked;
