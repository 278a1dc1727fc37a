/** Sessions: how a client is sent events, is checked for life, changes its topics and is ended. */
@NullMarked
package dev.hibiki.gateway.session;

import org.jspecify.annotations.NullMarked;
