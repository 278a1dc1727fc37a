/** What is counted: sequences per client, latencies, the server's CPU and memory. */
@NullMarked
package dev.hibiki.bench.measure;

import org.jspecify.annotations.NullMarked;
