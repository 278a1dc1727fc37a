/** What operators ask for: health, metrics, sessions, publishing, and the begin of a drain. */
@NullMarked
package dev.hibiki.gateway.admin;

import org.jspecify.annotations.NullMarked;
