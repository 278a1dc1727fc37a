/** The endpoints of the admin port: health, metrics, sessions, publishing and draining. */
@NullMarked
package dev.hibiki.gateway.admin;

import org.jspecify.annotations.NullMarked;
