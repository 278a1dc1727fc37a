package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.wire.WireFormat;

/** A reader of the hub: one connection. All methods are called on its own event loop. */
public interface Subscriber {
    /** There is something to {@link Subscription#poll}. Called once per sweep, whatever the number of new events. */
    void onEvents();

    /** The format in which its topics are acquired. Never changes. */
    WireFormat format();

    /** True when this subscriber reads notices about the stream, such as gaps, and not only events. Never changes. */
    default boolean readsNotices() {
        return false;
    }

    /**
     * True while nothing is being sent to it, so that it may be told of topics that could not be joined at once. Otherwise
     * {@link LoopShard#retryJoins} must follow.
     */
    default boolean isIdle() {
        return true;
    }

    /** Bytes that this subscriber has not sent yet are gone from the log. */
    void onLagged();
}
