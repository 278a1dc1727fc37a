package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.hub.log.LogView;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.metrics.LoopCounters;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
    /** Whether the topic is a part of its entry: a region of it, or a channel of a pattern. */
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

    TopicShard(LoopShard shard, Topic topic, LoopCounters counters) {
        this.shard = shard;
        this.topic = topic;
        this.counters = counters;
        this.view = new LogView(topic.log);
        this.readers = shard.hub.readers.of(topic);
        this.isPart = topic.route() != null || shard.hub.channels().entry(topic.channel()) == null;
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

    /**
     * Counts the subscriptions that read each configured channel or pattern, when they join and when they leave. Thread-safe. A
     * subscription that reads several regions of a channel, or several channels of a pattern, counts once.
     */
    static final class Readers {
        private final ChannelTable channels;
        private final Map<ChannelSpec, AtomicInteger> counts = new LinkedHashMap<>();

        Readers(ChannelTable channels) {
            this.channels = channels;
            channels.entries().forEach(entry -> counts.put(entry, new AtomicInteger()));
        }

        void register(GatewayMetrics metrics) {
            counts.forEach((entry, count) -> metrics.gauge(
                    "hibiki.subscriptions", "Sessions that read the channel", "channel", entry.name(), count::get));
        }

        /** The number of readers of the entry that owns a topic; null for a detached topic. */
        @Nullable AtomicInteger of(Topic topic) {
            if (topic.ownCounters != null) {
                return null;
            }
            ChannelSpec named = channels.entry(topic.channel());
            return counts.get(named == null ? channels.owner(topic.channel()) : named);
        }

        /** @param joined the first cursor of its subscription */
        static void joined(Cursor joined) {
            AtomicInteger count = joined.topic.readers;
            if (count != null && !readsAnotherPart(joined.next, joined.topic)) {
                count.incrementAndGet();
            }
        }

        /**
         * @param left no cursor of its subscription any more
         * @param first the first cursor that its subscription has left; null for none
         */
        static void left(Cursor left, @Nullable Cursor first) {
            AtomicInteger count = left.topic.readers;
            if (count != null && !readsAnotherPart(first, left.topic)) {
                count.decrementAndGet();
            }
        }

        /**
         * True when one of these cursors reads another part of the same entry. Whole entries are not compared, as a subscription may read
         * a great many of them. A subscription that changes from a whole channel to regions counts twice for a moment.
         */
        static boolean readsAnotherPart(@Nullable Cursor first, TopicShard topic) {
            if (!topic.isPart) {
                return false;
            }
            for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
                if (cursor.topic.isPart && cursor.topic.readers == topic.readers) {
                    return true;
                }
            }
            return false;
        }
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

    /** Adds the first cursor of its subscription. */
    void join(Cursor cursor) {
        add(cursor);
        Readers.joined(cursor);
    }

    /** Removes a cursor that its subscription has let go of. */
    void leave(Cursor cursor) {
        remove(cursor);
        Readers.left(cursor, cursor.subscription.first);
    }

    void add(Cursor cursor) {
        if (size == cursors.length) {
            cursors = Arrays.copyOf(cursors, size + size / 4);
        }
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
