/**
 * Fuzzing. A fuzz target is a class {@code …Fuzz} beside the parser that it feeds. It has the method that Jazzer calls,
 * {@code fuzzerTestOneInput}, which throws when an invariant does not hold. Its seeds are in {@code src/test/resources/fuzz}.
 *
 * <p>{@link dev.hibiki.gateway.fuzz.FuzzTargetsTest} runs the seeds and some thousand mutations of them. {@code scripts/fuzz}
 * runs a target with Jazzer, which is guided by coverage.
 */
@NullMarked
package dev.hibiki.gateway.fuzz;

import org.jspecify.annotations.NullMarked;
