/** A run's figures as records, and their forms: table, JSON, histogram files, HTML. */
@NullMarked
package dev.hibiki.bench.report;

import org.jspecify.annotations.NullMarked;
