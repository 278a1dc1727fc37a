package dev.hibiki.gateway.hub;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What one subscriber reads: a cursor per topic. Confined to the loop of its shard.
 *
 * <p>With one topic, {@link #poll} is one contiguous slice from the cursor to the head: five events that came while the
 * socket was busy are one write. With several topics the logs are merged by publication sequence, so that a client sees
 * events in the order in which they were published, whichever topics they belong to.
 */
public final class Subscription {
    private static final byte MAX_IDLE_ROUNDS = 8;

    private final LoopShard shard;
    private final Subscriber subscriber;
    private @Nullable Cursor first;
    /** Where the shard keeps this subscription. */
    int member;

    Subscription(LoopShard shard, Subscriber subscriber, int member) {
        this.shard = shard;
        this.subscriber = subscriber;
        this.member = member;
    }

    Subscriber subscriber() {
        return subscriber;
    }

    /** Reads the topic from the first event after this sequence; from its head when that is no longer to be had. */
    void add(TopicShard topic, long sequence) {
        topic.view.refresh();
        long position = topic.view.positionAfter(sequence);
        Cursor cursor = new Cursor(topic, this, first, position < 0 ? topic.view.head() : position);
        first = cursor;
        topic.add(cursor);
    }

    /** Called by a sweep that found the cursor behind its log. */
    void onNews(Cursor cursor) {
        if (cursor.unsent < cursor.topic.view.tail()) {
            subscriber.onLagged();
        } else {
            subscriber.onEvents();
        }
    }

    /** Everything polled so far has been sent. */
    public void sent() {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            cursor.unsent = cursor.position;
        }
    }

    /** True when bytes that were not sent yet are gone from a log. */
    public boolean lagged() {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            cursor.topic.view.refresh();
            if (cursor.unsent < cursor.topic.view.tail()) {
                return true;
            }
        }
        return false;
    }

    /** How far this subscriber is behind, in bytes, counting what was polled but not sent. */
    public long lagBytes() {
        long sum = 0;
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            sum += cursor.topic.view.head() - cursor.unsent;
        }
        return sum;
    }

    /**
     * The next run of whole frames, at most {@code maxBytes} unless one frame alone is longer. Must not be called while
     * {@link #lagged}.
     *
     * @return a buffer that the caller must release, or null when there is nothing more for now; also when what comes
     *     next was dropped since the caller asked, of which the subscriber is told by the sweep that this has set off
     */
    public @Nullable ByteBuf poll(int maxBytes) {
        Cursor only = first;
        if (only == null) {
            return null;
        }
        if (only.next != null) {
            return pollMerged(only, maxBytes);
        }
        only.topic.view.refresh();
        if (!only.hasMore() || only.isOffTheLog()) {
            return null;
        }
        return take(only, only.topic.view.boundary(only.position, maxBytes));
    }

    private @Nullable ByteBuf pollMerged(Cursor cursors, int maxBytes) {
        // Read before the heads: every event up to here is in its logs, so no later one can overtake it.
        long published = shard.publishedSequence();
        Cursor oldest = null;
        long oldestSequence = Long.MAX_VALUE;
        long limit = published; // The run ends before the first event of any other topic.
        for (Cursor cursor = cursors; cursor != null; cursor = cursor.next) {
            cursor.topic.view.refresh();
            if (!cursor.hasMore()) {
                continue;
            }
            if (cursor.isOffTheLog()) {
                return null;
            }
            Segment segment = cursor.topic.view.segmentAt(cursor.position).segment;
            long sequence = segment.frameSequence(segment.frameAt(cursor.position));
            if (sequence < oldestSequence) {
                limit = Math.min(limit, oldestSequence - 1);
                oldest = cursor;
                oldestSequence = sequence;
            } else {
                limit = Math.min(limit, sequence - 1);
            }
        }
        if (oldest == null || oldestSequence > published) {
            return null;
        }
        return take(oldest, endOfRun(oldest, limit, maxBytes));
    }

    private static long endOfRun(Cursor cursor, long lastSequence, int maxBytes) {
        LogView view = cursor.topic.view;
        long boundary = view.boundary(cursor.position, maxBytes);
        Segment segment = view.segmentAt(cursor.position).segment;
        int frame = segment.frameAt(cursor.position);
        long end = segment.frameEnd(frame);
        while (end < boundary && segment.frameSequence(frame + 1) <= lastSequence) {
            end = segment.frameEnd(++frame);
        }
        return end;
    }

    private ByteBuf take(Cursor cursor, long to) {
        ByteBuf slice = cursor.topic.view.slice(cursor.position, to);
        advance(cursor, to);
        return slice;
    }

    private void advance(Cursor cursor, long to) {
        shard.countDelivery(cursor.topic.view.frames(cursor.position, to), to - cursor.position);
        cursor.position = to;
        cursor.idleRounds = 0;
    }

    /**
     * True when this subscriber has been reading lately and is all the same further behind than this many bytes. One that
     * does not read at all does not count.
     *
     * @param newRound a round has passed since this was last asked with true
     */
    boolean isReadingBehind(long bytes, boolean newRound) {
        boolean behind = false;
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            cursor.topic.view.refresh();
            if (newRound && cursor.idleRounds < MAX_IDLE_ROUNDS) {
                cursor.idleRounds++;
            }
            behind |= cursor.idleRounds < MAX_IDLE_ROUNDS && cursor.topic.view.head() - cursor.unsent > bytes;
        }
        return behind;
    }

    /** True when there is one topic, so that {@link #take(int, Run)} can serve. */
    public boolean isSingle() {
        return first != null && first.next == null;
    }

    /** True when a log has moved past what was polled. */
    public boolean hasMore() {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            if (cursor.topic.view.hasBeyond(cursor.position)) {
                return true;
            }
        }
        return false;
    }

    /**
     * As {@link #poll}, for a subscription of one topic and without a buffer.
     *
     * @param run receives where the bytes lie; the caller must unpin its segment when they are sent
     * @return false when there is nothing more for now
     */
    public boolean take(int maxBytes, Run run) {
        Cursor only = first;
        if (only == null || !only.hasMore()) {
            return false;
        }
        LogView view = only.topic.view;
        PinnableSegment segment = view.segmentAt(only.position);
        long to = view.boundary(only.position, maxBytes);
        segment.pin();
        run.set(segment, (int) (only.position - segment.base()), (int) (to - only.position));
        advance(only, to);
        return true;
    }

    /** Ends the subscription and the membership. May be called once. */
    public void close() {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            shard.remove(cursor);
        }
        first = null;
        shard.remove(this);
    }
}
