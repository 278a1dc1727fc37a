package dev.hibiki.bench.report;

import org.jspecify.annotations.Nullable;

/** How the clients came in, and what each costs the server in memory (null when its process is not known). */
public record Connect(
        long clients,
        double perSecond,
        Latency latency,
        @Nullable Long rssBeforeBytes,
        @Nullable Long rssAfterBytes,
        @Nullable Double rssPerConnectionBytes,
        @Nullable Long heapBeforeBytes,
        @Nullable Long heapAfterBytes,
        @Nullable Double heapPerConnectionBytes) {}
