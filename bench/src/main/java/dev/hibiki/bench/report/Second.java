package dev.hibiki.bench.report;

import org.jspecify.annotations.Nullable;

/** One second of the run, as the progress line and the plots show it. */
public record Second(
        double atSeconds,
        String phase,
        long connected,
        double publishedPerSecond,
        double deliveriesPerSecond,
        @Nullable Double serverCores,
        double clientCores,
        @Nullable Long rssBytes) {}
