package dev.hibiki.gateway.hub;

import org.jspecify.annotations.Nullable;

/** A subscription's position in one topic's log. Confined to the loop of its shard. */
final class Cursor {
    final TopicShard topic;
    final Subscription subscription;
    final @Nullable Cursor next;

    /** The next frame to poll. */
    long position;
    /** The oldest byte that was polled but not yet sent. */
    long unsent;
    /** For how many rounds of the pressure gauge nothing was polled. */
    byte idleRounds;
    /** Where the shard keeps this cursor. */
    int index;

    Cursor(TopicShard topic, Subscription subscription, @Nullable Cursor next, long position) {
        this.topic = topic;
        this.subscription = subscription;
        this.next = next;
        this.position = position;
        this.unsent = position;
    }

    boolean hasMore() {
        return position < topic.view.head();
    }

    boolean isOffTheLog() {
        return position < topic.view.tail();
    }
}
