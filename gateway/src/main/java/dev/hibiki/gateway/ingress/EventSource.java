package dev.hibiki.gateway.ingress;

import org.jspecify.annotations.Nullable;

/** The place where events come from. Thread-safe. */
public interface EventSource extends AutoCloseable {
    /** What {@link #publishCommand} publishes. It has no single quotes, which would end the word of a shell. */
    String SAMPLE = "{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"新しい動画\"}";

    /** Begins to deliver events to the ingest. Returns at once; does not fail when it has to wait for something. */
    void start();

    SourceHealth health();

    /** Returns the reason why events can only arrive after a restart of the process; null when they can without. */
    default @Nullable String fatal() {
        return null;
    }

    /** Returns the name in metrics and on the demo page. */
    String name();

    /** Returns the way to publish events so that this source brings them. */
    Publisher publisher();

    /**
     * Returns a command line that publishes {@link #SAMPLE}, for people who try the gateway; null where only HTTP publishes.
     *
     * @param channel one that is read, or a pattern, which gives an example of its channels
     */
    default @Nullable String publishCommand(String channel) {
        return null;
    }

    /** Returns true when {@link #publishCommand} names no host, user or file. Then the demo page shows it to everybody. */
    default boolean isCommandPublic() {
        return false;
    }

    /**
     * Returns true when the source gives an id to each event that has none. Then the gateway gives none when it publishes,
     * so that all gateways know the event by the same id.
     */
    default boolean stampsIds() {
        return false;
    }

    /** Returns true when events that are published here stay in this process. Then the demo page may publish. */
    default boolean isLocal() {
        return false;
    }

    /** Returns true when the source reports to the {@link ProbeMonitor}. Then the canary waits for what it reports. */
    default boolean isProbing() {
        return false;
    }

    /**
     * Takes note that this gateway has ended the sessions of its clients, and will end itself. Called before {@link #close}. A
     * source without a past tells the other gateways, so that none who has just started takes these clients. May wait a second.
     *
     * @param withinMs the time in which the clients come back, to this gateway's successor or to another gateway
     */
    default void clientsSentAway(int withinMs) {}

    /** Ends the deliveries, and returns when everything that the source owns is closed. */
    @Override
    void close();
}
