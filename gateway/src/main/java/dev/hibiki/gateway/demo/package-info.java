/** The demo page, and what it asks for. */
@NullMarked
package dev.hibiki.gateway.demo;

import org.jspecify.annotations.NullMarked;
