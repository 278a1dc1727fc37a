package dev.hibiki.gateway.hub;

import org.jspecify.annotations.Nullable;

/** A subscription's position in one topic's log. Confined to the loop of its shard. */
final class Cursor {
    final TopicShard topic;
    final Subscription subscription;

    @Nullable Cursor next;

    /** The next frame to poll. */
    long position;
    /** How many bytes before the position were polled and are not sent yet. */
    private int unsentBytes;
    /** How many frames of the log were polled or skipped; the low 32 bits. */
    int frames;
    /** The index of this cursor in the array of its shard. */
    int index;

    Cursor(TopicShard topic, Subscription subscription, @Nullable Cursor next, long position) {
        this.topic = topic;
        this.subscription = subscription;
        this.next = next;
        this.position = position;
        this.frames = (int) topic.view.framesBefore(position);
    }

    /** The oldest byte that was not sent yet. */
    long unsent() {
        return position - unsentBytes;
    }

    /** Everything before the position has been sent. */
    void sent() {
        unsentBytes = 0;
    }

    /** Moves on to this position, the end of a frame. Everything in between is to be sent, or to be skipped in order. */
    void moveTo(long end) {
        unsentBytes = (int) Math.min(Integer.MAX_VALUE, unsentBytes + end - position);
        position = end;
    }

    boolean hasMore() {
        return position < topic.view.head();
    }

    boolean isOffTheLog() {
        return position < topic.view.tail();
    }

    /** True when bytes that were not sent yet are gone from the log, as of the view's last refresh. */
    boolean lagged() {
        return unsent() < topic.view.tail();
    }

    /** Moves past the notices that start here, for a subscriber that does not read them. */
    void skipControls() {
        while (hasMore() && !isOffTheLog()) {
            Segment segment = topic.view.segmentAt(position).segment;
            if (segment.nextControl(position) != position) {
                return;
            }
            skipFrame(segment);
        }
    }

    /** Moves past the frame that starts here. */
    void skipFrame(Segment segment) {
        moveTo(segment.frameEnd(segment.frameAt(position)));
        frames++;
    }

    /** Moves to the oldest frame that is left. @return how many frames were skipped */
    int skipLost() {
        int before = (int) topic.view.framesBefore(topic.view.tail());
        int skipped = before - frames;
        frames = before;
        position = topic.view.tail();
        sent();
        return skipped;
    }

    /** The end of a run from here: at most {@code maxBytes} on, and before a notice unless the subscriber reads notices. */
    long runEnd(int maxBytes, boolean readsNotices) {
        long boundary = topic.view.boundary(position, maxBytes);
        return readsNotices
                ? boundary
                : Math.min(boundary, topic.view.segmentAt(position).segment.nextControl(position));
    }
}
