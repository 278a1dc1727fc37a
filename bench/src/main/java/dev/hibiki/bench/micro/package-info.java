/**
 * The microbenchmarks: each class names what it compares, and its figures are per event or per delivery. Run them with
 * {@code scripts/jmh}; no socket is involved.
 */
@NullMarked
package dev.hibiki.bench.micro;

import org.jspecify.annotations.NullMarked;
