package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.LogView;
import dev.hibiki.gateway.metrics.LoopCounters;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The cursors of one topic on one event loop. Confined to that loop, except {@link #claim}.
 *
 * <p>A sweep visits every cursor once. Each sweep starts with another cursor, so that nobody is always last. A sweep can
 * pause and go on later. When a cursor is removed meanwhile, the last one takes its place, perhaps behind the sweep. Then
 * the sweep goes round once more; cursors that are up to date cost almost nothing.
 */
final class TopicShard {
    private static final int INITIAL_CURSORS = 4;

    final LoopShard shard;
    final Topic topic;
    final LogView view;
    /** Counts the deliveries of this topic, and the sweeps that have news of it. */
    final LoopCounters counters;
    /** The number of readers of the topic's entry; null for a detached topic. */
    final @Nullable AtomicInteger readers;
    /** See {@link Readers#isPart}. */
    final boolean isPart;

    /** The next topic on the shard's stack of topics with news. Written by the thread that claimed this one. */
    @Nullable TopicShard nextWithNews;

    private @Nullable TopicShard nextInQueue;

    /** The frames that a cursor reads before the rest of the log. Null except after an overrun. */
    private @Nullable Map<Cursor, Remainder> remainders;

    private final AtomicBoolean hasNews = new AtomicBoolean();
    private @Nullable Cursor[] cursors = new @Nullable Cursor[INITIAL_CURSORS];
    private int size;
    private int start;
    private int visited;
    private boolean moved;
    private boolean sweeping;

    /** @param ofLoop the counters of its loop, for a topic that has none of its own */
    TopicShard(LoopShard shard, Topic topic, LoopCounters ofLoop, Readers counted) {
        this.shard = shard;
        this.topic = topic;
        this.counters = topic.ownCounters == null ? ofLoop : topic.ownCounters.get();
        this.view = new LogView(topic.log);
        this.readers = counted.of(topic);
        this.isPart = counted.isPart(topic);
    }

    /** True for the one caller that must put this topic on the stack. Any thread. */
    boolean claim() {
        return !hasNews.get() && hasNews.compareAndSet(false, true);
    }

    /** Puts this topic on the stack of topics with news. Only the caller that claimed it. */
    void push(AtomicReference<@Nullable TopicShard> news) {
        TopicShard top;
        do {
            top = news.get();
            nextWithNews = top;
        } while (!news.compareAndSet(top, this));
    }

    /** The topics of a sweep, first in, first out. To add one needs no memory. Confined to the loop. */
    static final class Queue {
        private @Nullable TopicShard first;
        private @Nullable TopicShard last;

        @Nullable TopicShard first() {
            return first;
        }

        void add(TopicShard added) {
            if (last == null) {
                first = added;
            } else {
                last.nextInQueue = added;
            }
            last = added;
        }

        void removeFirst() {
            TopicShard removed = first;
            if (removed != null) {
                first = removed.nextInQueue;
                last = first == null ? null : last;
                removed.nextInQueue = null;
            }
        }
    }

    /**
     * Begins a sweep. Later news belong to the next sweep. A sweep that is under way goes on from its position, for a whole
     * round.
     *
     * @return true when the shard must now {@link #sweep} this topic; false when it already does, or no cursor is left
     */
    boolean beginSweep() {
        hasNews.set(false);
        if (size == 0) {
            return false;
        }
        view.refresh();
        start = (start + visited + 1) % size;
        visited = 0;
        moved = false;
        boolean begins = !sweeping;
        sweeping = true;
        return begins;
    }

    void endSweep() {
        sweeping = false;
    }

    /** Visits up to {@code quota} cursors. @return how many were visited; less than the quota when the sweep is done */
    int sweep(int quota) {
        int count = 0;
        while (count < quota) {
            if (visited >= size) {
                if (!moved || size == 0) {
                    return count;
                }
                moved = false;
                visited = 0;
            }
            int index = start + visited;
            Cursor cursor = cursors[index < size ? index : index % size];
            visited++;
            count++;
            if (cursor != null && cursor.hasMore()) {
                cursor.subscription.onNews(cursor);
            }
        }
        return count;
    }

    /** Makes room for one cursor, so that to {@link #add} it allocates nothing. */
    void reserve() {
        if (size == cursors.length) {
            cursors = Arrays.copyOf(cursors, size + size / 4);
        }
    }

    void add(Cursor cursor) {
        reserve();
        cursor.index = size;
        cursors[size++] = cursor;
    }

    @Nullable Remainder remainderOf(Cursor cursor) {
        return remainders == null ? null : remainders.get(cursor);
    }

    void remainder(Cursor cursor, @Nullable Remainder remainder) {
        if (remainder != null) {
            remainders = remainders == null ? new HashMap<>() : remainders;
            remainders.put(cursor, remainder);
        } else if (remainders != null) {
            remainders.remove(cursor);
            remainders = remainders.isEmpty() ? null : remainders;
        }
    }

    void remove(Cursor cursor) {
        remainder(cursor, null);
        Cursor last = cursors[--size];
        cursors[cursor.index] = last;
        if (last != null) {
            last.index = cursor.index;
        }
        cursors[size] = null;
        moved = true;
    }

    boolean isEmpty() {
        return size == 0;
    }
}
