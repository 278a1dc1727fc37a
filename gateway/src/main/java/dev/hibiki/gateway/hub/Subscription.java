package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.Run;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The reading of one subscriber: a cursor for each of its topics. Confined to the loop of its shard.
 *
 * <p>With one topic, {@link #poll} returns one contiguous slice from the cursor to the head: five events that came while
 * the socket was busy are one write. With several topics the logs are merged in the order of publication.
 */
public final class Subscription {
    final Subscriber subscriber;
    private @Nullable Cursor first;

    /** Told of the frames that a subscriber misses after an overrun. */
    public interface Losses {
        /** Called once per topic, with the number of frames. */
        void lost(Topic topic, int missed);
    }

    Subscription(Subscriber subscriber) {
        this.subscriber = subscriber;
    }

    /** Adds a topic with a cursor that {@linkplain Cursor#isWaiting waits}. */
    Cursor add(TopicShard topic) {
        Cursor cursor = new Cursor(topic, this, first);
        topic.add(cursor); // First: when there is no memory for that, nobody may remove it from there.
        first = cursor;
        Readers.joined(cursor);
        return cursor;
    }

    /** Stops reading this topic, at any position. @return false when it was not read */
    public boolean remove(Topic topic) {
        Cursor previous = null;
        for (Cursor cursor = first; cursor != null; previous = cursor, cursor = cursor.next) {
            if (cursor.topic.topic.plain() == topic.plain()) {
                if (previous == null) {
                    first = cursor.next;
                } else {
                    previous.next = cursor.next;
                }
                Readers.left(cursor, first);
                cursor.topic.shard.remove(cursor);
                return true;
            }
        }
        return false;
    }

    /** The topics that are read; in the plain format where older events are read for now. */
    public List<Topic> topics() {
        List<Topic> topics = new ArrayList<>();
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            topics.add(cursor.topic.topic);
        }
        return topics;
    }

    /**
     * The publication sequence up to which everything on this topic was polled; {@link Long#MAX_VALUE} when it is not read yet.
     *
     * @param losses told when frames of the topic are gone that were not polled; they count as polled then
     */
    public long polledSequence(Topic topic, Losses losses) {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            if (cursor.topic.topic.plain() == topic.plain() && !cursor.isWaiting()) {
                // Before the head: what comes later was not polled.
                long published = cursor.topic.shard.publishedSequence();
                cursor.topic.view.refresh();
                if (cursor.isOffTheLog()) {
                    cursor.topic.remainder(cursor, null);
                    losses.lost(topic, cursor.skipLost());
                }
                return cursor.polledSequence(published);
            }
        }
        return Long.MAX_VALUE;
    }

    /** Called by a sweep that found the cursor behind its log. */
    void onNews(Cursor cursor) {
        if (cursor.lagged()) {
            subscriber.onLagged();
        } else {
            subscriber.onEvents();
        }
    }

    /** Notes that everything polled so far has been sent. */
    public void sent() {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            cursor.sent();
        }
    }

    /** True when bytes that were not sent yet are gone from a log. */
    public boolean lagged() {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            cursor.topic.view.refresh();
            if (cursor.lagged()) {
                return true;
            }
        }
        return false;
    }

    /** True when a topic for which the predicate is true has {@link #lagged}. */
    public boolean isAnyLagging(Predicate<Topic> which) {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            if (cursor.lagged() && which.test(cursor.topic.topic)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Moves each cursor that is off its log to the oldest frame that is left. Called only while nothing is being sent.
     *
     * @param latestOnly true for a topic of which only the newest event of each key is read after that. When several such
     *     topics lag at once, this applies to one of them at a time
     * @param losses told of each topic of which frames were skipped
     */
    public void skipLost(Predicate<Topic> latestOnly, Losses losses) {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            if (cursor.isOffTheLog()) {
                cursor.topic.remainder(cursor, null);
                int missed = cursor.skipLost();
                if (Remainder.firstOf(first) == null && latestOnly.test(cursor.topic.topic)) {
                    missed += keepLatest(cursor);
                }
                losses.lost(cursor.topic.topic, missed);
            }
        }
    }

    private int keepLatest(Cursor cursor) {
        int all = cursor.topic.view.framesUpToHead() - cursor.frames;
        Remainder left = Remainder.of(cursor, subscriber.readsNotices());
        cursor.sent();
        cursor.topic.remainder(cursor, left.size() == 0 ? null : left);
        return all - left.size();
    }

    /** How far this subscriber is behind, in bytes, counting what was polled but not sent. */
    public long lagBytes() {
        long sum = 0;
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            sum += cursor.lagBytes();
        }
        return sum;
    }

    /** True when this subscriber is further behind than half of what the log of one of its topics retains. */
    public boolean isFarBehind() {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            cursor.topic.view.refresh();
            if (2 * cursor.lagBytes() > cursor.topic.topic.log.retainedBytes()) {
                return true;
            }
        }
        return false;
    }

    /** As {@link #lagBytes}, in frames. Of the frames that are gone from a log, only those count that were not polled. */
    public int lagEvents() {
        int sum = 0;
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            sum += cursor.lagFrames();
        }
        return sum;
    }

    /**
     * The next run of whole frames, at most {@code maxBytes} unless one frame alone is longer. Must not be called while
     * {@link #lagged}.
     *
     * @return a buffer that the caller must release; null when there is nothing more for now. Also null when the log has
     *     dropped the next frame since the caller asked; then a sweep is due, which tells the subscriber
     */
    public @Nullable ByteBuf poll(int maxBytes) {
        Cursor only = first;
        if (only == null) {
            return null;
        }
        OlderEvents.moveOn(only);
        Remainder left = Remainder.firstOf(first);
        if (left != null) {
            left.cursor.topic.view.refresh();
            return left.cursor.isOffTheLog() ? null : slice(left.cursor, left.runEnd(maxBytes));
        }
        if (only.next != null) {
            long published = only.topic.shard.publishedSequence(); // Before the heads: see there.
            Cursor oldest = Merge.oldest(only, published, subscriber.readsNotices());
            return oldest == null
                    ? null
                    : slice(oldest, Merge.runEnd(oldest, only, published, maxBytes, subscriber.readsNotices()));
        }
        only.topic.view.refresh();
        return isReady(only) ? slice(only, only.runEnd(maxBytes, subscriber.readsNotices())) : null;
    }

    private boolean isReady(Cursor cursor) {
        if (!subscriber.readsNotices()) {
            cursor.skipControls();
        }
        return cursor.hasMore() && !cursor.isOffTheLog();
    }

    private ByteBuf slice(Cursor cursor, long to) {
        ByteBuf slice = cursor.topic.view.slice(cursor.position, to);
        ByteBuf run = OlderEvents.mustEncode(cursor) ? OlderEvents.encode(cursor, to, slice) : slice;
        advance(cursor, to);
        return run;
    }

    private void advance(Cursor cursor, long to) {
        int frames = cursor.topic.view.frames(cursor.position, to);
        cursor.topic.counters.delivered(frames, to - cursor.position);
        cursor.moveTo(to);
        cursor.frames += frames;
        Remainder left = cursor.topic.remainderOf(cursor);
        if (left != null && left.advanced()) {
            cursor.topic.remainder(cursor, null);
        }
    }

    /** True when the next {@link #poll} may encode older events again, which takes time. */
    public boolean encodes() {
        return first != null && OlderEvents.anyMustEncode(first);
    }

    /** True when more than so many bytes are to be polled, or {@link #encodes}. */
    public boolean hasMuchMore(int bytes) {
        return lagBytes() > bytes || encodes();
    }

    /** True when there is one topic, so that {@link #take(int, Run)} can serve. */
    public boolean isSingle() {
        return first != null && first.next == null;
    }

    /** True when the head of a log is beyond the frames that were polled. */
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
     * @param run receives the place of the bytes; the caller must unpin its segment when they are sent
     * @return false when there is nothing more for now
     */
    public boolean take(int maxBytes, Run run) {
        Cursor only = first;
        if (only == null) {
            return false;
        }
        OlderEvents.moveOn(only);
        if (!isReady(only)) {
            return false;
        }
        Remainder left = only.topic.remainderOf(only);
        long to = left == null ? only.runEnd(maxBytes, subscriber.readsNotices()) : left.runEnd(maxBytes);
        if (OlderEvents.mustEncode(only)) {
            run.set(slice(only, to));
            return true;
        }
        run.set(only.topic.view.segmentAt(only.position), only.position, to);
        advance(only, to);
        return true;
    }

    /** Stops reading all topics. */
    public void close() {
        for (Cursor cursor = first; cursor != null; cursor = first) {
            first = cursor.next;
            Readers.left(cursor, first);
            LoopShard shard = cursor.topic.shard;
            try {
                shard.forgetJoins(this);
                shard.remove(cursor);
            } catch (OutOfMemoryError e) { // The other topics are given back nevertheless.
                shard.memory().failed(e);
            }
        }
    }
}
