package dev.hibiki.bench.report;

/** What the measured clients did not get as it was sent, over the whole run, and how many clients were dropped. */
public record Losses(
        long clients,
        long missing,
        long clientsMissing,
        long duplicates,
        long reordered,
        long foreign,
        long connectionsLost,
        long connectionsRefused) {}
