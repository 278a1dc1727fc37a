/** The load: many connections on few threads, each of which owns a selector. */
@NullMarked
package dev.hibiki.bench.client;

import org.jspecify.annotations.NullMarked;
