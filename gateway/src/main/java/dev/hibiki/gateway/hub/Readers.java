package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the subscriptions that read each configured channel or pattern, when they join and when they leave. Thread-safe. A
 * subscription that reads several regions of a channel, or several channels of a pattern, counts once.
 */
final class Readers {
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

    /** Whether a topic is a part of its entry: a region of it, or a channel of a pattern. */
    boolean isPart(Topic topic) {
        return topic.route() != null || channels.entry(topic.channel()) == null;
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
    private static boolean readsAnotherPart(@Nullable Cursor first, TopicShard topic) {
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
