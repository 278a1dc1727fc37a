package dev.hibiki.gateway.config;

/** The answer to an overrun: a client was too slow, and events that it needs are gone from the log. */
public enum LagPolicy {
    /** The client is closed with 4100. It can come back and resume. */
    CLOSE,
    /** The client stays, and goes on with the oldest event that is left. It is told of the loss if it reads notices. */
    SKIP,
    /** As SKIP, but of the events that are left, only the newest with each lag key is sent. */
    LATEST
}
