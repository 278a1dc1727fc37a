/** The interface of a source of events, and what all sources share. */
@NullMarked
package dev.hibiki.gateway.ingress;

import org.jspecify.annotations.NullMarked;
