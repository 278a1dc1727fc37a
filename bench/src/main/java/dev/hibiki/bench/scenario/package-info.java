/** The order of a run: connect, warm up, measure, drain. */
@NullMarked
package dev.hibiki.bench.scenario;

import org.jspecify.annotations.NullMarked;
