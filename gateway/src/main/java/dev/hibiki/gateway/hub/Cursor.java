package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.Segment;
import org.jspecify.annotations.Nullable;

/** A subscription's position in one topic's log. Confined to the loop of its shard. */
final class Cursor {
    /** The position of a cursor that waits: beyond every head, so that there is nothing to read. */
    private static final long WAITING = Long.MAX_VALUE;

    TopicShard topic;
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

    /** A cursor that waits until it {@linkplain #moveTo(TopicShard, long) moves to} a position. */
    Cursor(TopicShard topic, Subscription subscription, @Nullable Cursor next) {
        this.topic = topic;
        this.subscription = subscription;
        this.next = next;
        this.position = WAITING;
    }

    /** True until it is known where the subscriber begins to read this topic. */
    boolean isWaiting() {
        return position == WAITING;
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

    /** Reads on in this log, from this position. Everything before it was polled. */
    void moveTo(TopicShard other, long start) {
        other.reserve(); // First: when there is no memory for that, the cursor stays where it is.
        topic.remove(this);
        topic = other;
        position = start;
        frames = (int) other.view.framesBefore(start);
        sent();
        other.add(this);
    }

    /**
     * The publication sequence up to which everything was polled, as of the view's last refresh.
     *
     * @param published the hub's published sequence before that refresh; what came later was not polled
     */
    long polledSequence(long published) {
        // A single topic is polled up to the head of its log, which can be ahead of what counts as published.
        return Math.max(topic.view.sequenceBefore(position), Math.min(published, Merge.nextSequence(this) - 1));
    }

    boolean hasMore() {
        return position < topic.view.head();
    }

    boolean isOffTheLog() {
        return position < topic.view.tail();
    }

    /** How many bytes before the head were not sent yet. */
    long lagBytes() {
        return isWaiting() ? 0 : topic.view.head() - unsent();
    }

    /** How many frames before the head were not sent yet; those that are gone count only when they were not polled. */
    int lagFrames() {
        if (isWaiting()) {
            return 0;
        }
        int sent = lagged() ? frames : (int) topic.view.framesBefore(unsent());
        return Math.max(0, topic.view.framesUpToHead() - sent);
    }

    /** True when bytes that were not sent yet are gone from the log, as of the view's last refresh. */
    boolean lagged() {
        return unsent() < topic.view.tail();
    }

    /** Moves past the notices that start here, for a subscriber that does not read them. */
    void skipControls() {
        while (hasMore() && !isOffTheLog()) {
            Segment segment = topic.view.segmentAt(position).segment();
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
        long boundary = topic.view.boundary(position, OlderEvents.limit(this, maxBytes));
        return readsNotices
                ? boundary
                : Math.min(boundary, topic.view.segmentAt(position).segment().nextControl(position));
    }
}
