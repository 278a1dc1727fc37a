package dev.hibiki.bench.scenario;

/** What is done with the connected clients. */
public enum Kind {
    STEADY,
    SATURATE,
    BURST,
    CHURN,
    RESUME,
    STALLED,
    IDLE
}
