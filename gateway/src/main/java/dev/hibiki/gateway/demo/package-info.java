/** The demo page and its endpoint. */
@NullMarked
package dev.hibiki.gateway.demo;

import org.jspecify.annotations.NullMarked;
