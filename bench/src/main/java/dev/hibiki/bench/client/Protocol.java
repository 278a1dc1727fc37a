package dev.hibiki.bench.client;

/** How the server pushes. */
public enum Protocol {
    WS,
    SSE
}
