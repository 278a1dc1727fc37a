package dev.hibiki.bench.client;

/** What a client is there for. */
public enum Role {
    /** Is measured. */
    STEADY,
    /** Comes and goes; its deliveries are counted as work for the server, but not measured. */
    CHURN,
    /** Reads a number of bytes, looks at none of them, and leaves. */
    RESUME,
    /** May stop reading; is not measured. */
    STALLED
}
