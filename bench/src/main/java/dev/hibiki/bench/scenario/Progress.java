package dev.hibiki.bench.scenario;

import dev.hibiki.bench.report.Second;

/** Hears about the run once a second. */
@FunctionalInterface
public interface Progress {
    void second(Second second);
}
