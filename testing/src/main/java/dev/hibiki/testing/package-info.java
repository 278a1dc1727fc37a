/** Real Redis, HAProxy, browser, PHP and WebSocket clients for tests. Depends on nothing of ours, so that its clients check the protocol on their own. */
@NullMarked
package dev.hibiki.testing;

import org.jspecify.annotations.NullMarked;
