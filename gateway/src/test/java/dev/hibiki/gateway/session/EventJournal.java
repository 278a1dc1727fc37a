package dev.hibiki.gateway.session;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The events that a test has published on one gateway, in the order of their publication. Confined to the thread of the
 * test, except {@link #issued}.
 *
 * <p>An event is issued when its request is about to be sent, and settled when the gateway has answered. In between nobody
 * knows whether a client that enters will get it.
 */
final class EventJournal {
    /** The most bytes that a frame of any format adds to an event. */
    private static final int FRAME_BYTES = 100;

    private static final int POOL_CHARS = 1 << 17;
    private static final int EMPTY_EVENT_CHARS = 70;

    private final List<Published> events = new ArrayList<>();
    private final String pool;
    /** The number of the oldest event that is kept here. */
    private int first;

    private volatile int issued;
    private int settled;

    /**
     * The content of one log.
     *
     * @param region null for the whole channel
     */
    record TopicKey(String channel, @Nullable String region) {}

    @SuppressWarnings("ArrayRecordComponent") // Compared by identity only.
    record Published(int number, String channel, @Nullable String region, byte[] json) {
        boolean isOf(TopicKey topic) {
            return channel.equals(topic.channel) && (topic.region == null || topic.region.equals(region));
        }

        String id() {
            return "e" + number;
        }

        /** An upper bound for its bytes in a log of any format. */
        int cost() {
            return json.length + FRAME_BYTES;
        }

        @Override
        public String toString() {
            return id() + " of " + channel + (region == null ? "" : "/" + region) + " with " + json.length + " bytes";
        }
    }

    EventJournal() {
        String letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
        StringBuilder text = new StringBuilder(POOL_CHARS);
        new Random(1).ints(POOL_CHARS, 0, letters.length()).forEach(i -> text.append(letters.charAt(i)));
        pool = text.toString();
    }

    /** Issues an event of about this many bytes. */
    Published issue(String channel, @Nullable String region, int bytes, Random random) {
        int number = first + events.size();
        int chars = Math.max(0, bytes - EMPTY_EVENT_CHARS);
        int from = random.nextInt(POOL_CHARS - chars);
        String json = "{\"event\":\"響\"," + (region == null ? "" : "\"region\":\"" + region + "\",") + "\"text\":\""
                + pool.substring(from, from + chars) + "\",\"title\":\"\",\"id\":\"e" + number + "\"}";
        Published event = new Published(number, channel, region, json.getBytes(StandardCharsets.UTF_8));
        events.add(event);
        issued = number + 1;
        return event;
    }

    /** The number of the next event. Any thread. */
    int issued() {
        return issued;
    }

    void settleAll() {
        settled = issued;
    }

    /** All events with a smaller number are published. */
    int settled() {
        return settled;
    }

    /** Forgets the events before this one. */
    void forgetBefore(int number) {
        events.subList(0, number - first).clear();
        first = number;
    }

    int first() {
        return first;
    }

    Published get(int number) {
        return events.get(number - first);
    }

    /** The events that are still kept, with numbers of at least {@code from} and less than {@code to}. */
    List<Published> between(int from, int to) {
        int start = Math.max(from, first);
        return start >= to ? List.of() : events.subList(start - first, to - first);
    }

    /** The number of the newest event of a topic; -1 when none is kept. */
    int last(TopicKey topic) {
        for (int i = events.size() - 1; i >= 0; i--) {
            if (events.get(i).isOf(topic)) {
                return events.get(i).number;
            }
        }
        return -1;
    }

    /** The most bytes that the log of a channel has from this event on, up to one that is not yet issued then. */
    long bytes(String channel, int from, int to) {
        TopicKey whole = new TopicKey(channel, null);
        return between(from, to).stream()
                .filter(event -> event.isOf(whole))
                .mapToLong(Published::cost)
                .sum();
    }
}
