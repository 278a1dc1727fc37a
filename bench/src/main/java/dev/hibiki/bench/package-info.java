/** The load test's command line: options in, a run, its report out. */
@NullMarked
package dev.hibiki.bench;

import org.jspecify.annotations.NullMarked;
