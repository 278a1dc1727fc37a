package dev.hibiki.gateway.ingress;

/** Where events come from. Thread-safe. */
public interface EventSource extends AutoCloseable {
    /** Begins to deliver events to the ingest it was made with. Returns at once; does not fail when it must wait. */
    void start();

    SourceHealth state();

    /** For people and the demo page: which kind of source this is. */
    String name();

    /** Ends the deliveries. Waits for what this source owns. */
    @Override
    void close();
}
