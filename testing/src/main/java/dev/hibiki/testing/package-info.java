/** Real Redis, HAProxy, browser, PHP and WebSocket clients for tests. Depends on nothing of ours. */
@NullMarked
package dev.hibiki.testing;

import org.jspecify.annotations.NullMarked;
