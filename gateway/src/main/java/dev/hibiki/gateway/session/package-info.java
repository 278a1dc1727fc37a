/** One connected client: its cursors, heartbeat and end. */
@NullMarked
package dev.hibiki.gateway.session;

import org.jspecify.annotations.NullMarked;
