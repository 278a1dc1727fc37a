/** Plain HTTP: routing, the page, health, metrics and publishing. */
@NullMarked
package dev.hibiki.gateway.http;

import org.jspecify.annotations.NullMarked;
