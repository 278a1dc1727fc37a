package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.metrics.LoopCounters;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All topics of a hub, and the decision which of them to keep. Guarded by the hub's lock.
 *
 * <p>A channel, and each route of it, has one plain topic. A plain topic lives while it has a subscriber in any format.
 * Without subscribers it is idle. The most recently published idle topics are kept, up to {@link LogLimits#idleBytes} and
 * {@value #MAX_IDLE_ROUTES} for each configured entry.
 *
 * <p>A topic in another format is a variant of the plain one. It is made when the first client of that format comes, and
 * begins with all that the plain log retains.
 */
final class TopicTable {
    /** The most idle topics for each entry, however small they are: publishers may invent any number of routes. */
    private static final int MAX_IDLE_ROUTES = 4096;
    /** A variant without subscribers ends after so many events, since each of them is encoded for it. */
    private static final int MAX_IDLE_EVENTS = 1024;

    private static final int MAX_GAPS = 1024;

    private final ByteBufAllocator allocator;
    private final LogLimits limits;
    private final int shardCount;
    private final int maxIdle;
    private final Encoding plain;
    private final IdentityHashMap<WireFormat, Encoding> encodings = new IdentityHashMap<>();
    private final Map<Key, Topic> topics = new HashMap<>();
    /** Plain topics without subscribers, the least recently published first. */
    private final Map<Key, Topic> idle = new LinkedHashMap<>();
    /** The sum of their {@link Topic#idleBytes}. */
    private long idleBytes;
    /** A topic that is made again may lack the events up to this sequence. */
    private long evictedSequence;
    /** The sequence of the last gap of each channel that had one. */
    private final Map<String, Long> gaps = new HashMap<>();

    private record Key(String channel, @Nullable String route) {}

    TopicTable(ByteBufAllocator allocator, LogLimits limits, WireFormat plain, int channels, int shardCount) {
        this.allocator = allocator;
        this.limits = limits;
        this.shardCount = shardCount;
        this.maxIdle = MAX_IDLE_ROUTES * channels;
        this.plain = encoding(plain);
    }

    private Encoding encoding(WireFormat format) {
        return encodings.computeIfAbsent(format, added -> new Encoding(added, allocator.heapBuffer()));
    }

    /** The plain topic to append an event to; {@link #appended} must follow. */
    Topic published(String channel, @Nullable String route) {
        return topic(new Key(channel, route));
    }

    private Topic topic(Key key) {
        Topic topic = topics.get(key);
        return topic == null ? create(key) : topic;
    }

    /** Makes this topic the most recently published one, after an append, also after one that failed. */
    void appended(Topic topic, long sequence) {
        if (topic.subscriptions == 0) {
            keepIdle(new Key(topic.channel(), topic.route()), topic, sequence);
        }
    }

    private Topic create(Key key) {
        TopicLog log = new TopicLog(allocator, limits, Math.max(evictedSequence, gaps.getOrDefault(key.channel(), 0L)));
        Topic topic = new Topic(key.channel(), key.route(), null, plain, log, shardCount, null);
        topics.put(key, topic);
        return topic;
    }

    /** Makes a topic that is not in this table and is held once, by its owner. */
    Topic createDetached(String name, WireFormat format, LogLimits ownLimits, Supplier<LoopCounters> counters) {
        TopicLog log = new TopicLog(allocator, ownLimits, 0);
        Topic topic = new Topic(name, null, null, encoding(format), log, shardCount, counters);
        topic.subscriptions = 1;
        return topic;
    }

    /** The plain topic of a whole channel; null when nothing was published or subscribed there. */
    @Nullable Topic whole(String channel) {
        return topics.get(new Key(channel, null));
    }

    /** Notes that events of a channel were lost, at this sequence. @return all plain topics of the channel */
    List<Topic> lost(String channel, long sequence) {
        if (gaps.size() == MAX_GAPS) {
            gaps.clear();
            evictedSequence = sequence; // Counts as a gap of all channels: one too many is better than one too few.
        }
        gaps.put(channel, sequence);
        return topics.values().stream()
                .filter(topic -> topic.channel().equals(channel))
                .toList();
    }

    /** The channels, concrete or not, that have a topic. */
    Set<String> channels() {
        return topics.keySet().stream().map(Key::channel).collect(Collectors.toSet());
    }

    /** @param sequence of the last event */
    Topic acquire(String channel, @Nullable String route, WireFormat format, long sequence) {
        Key key = new Key(channel, route);
        Topic topic = topic(key);
        topic.subscriptions++;
        removeIdle(key);
        try {
            return format == plain.format ? topic : acquireVariant(topic, format);
        } catch (RuntimeException | Error e) { // There was no memory for it, for instance.
            release(topic, sequence);
            throw e;
        }
    }

    private Topic acquireVariant(Topic base, WireFormat format) {
        Topic variant = base.variant(format);
        if (variant == null) {
            Encoding encoding = encoding(format);
            variant = new Topic(base.channel(), base.route(), base, encoding, derive(base, encoding), shardCount, null);
            base.variants.add(variant);
        }
        variant.subscriptions++;
        variant.idleEvents = 0;
        return variant;
    }

    private TopicLog derive(Topic base, Encoding encoding) {
        Segment[] retained = base.log.segments();
        long before = retained.length == 0 ? base.log.firstSequence() : retained[0].sequenceBefore;
        TopicLog log = new TopicLog(allocator, limits, before);
        try {
            for (Segment segment : retained) {
                reencode(segment, encoding, log);
            }
            return log;
        } catch (RuntimeException | Error e) {
            log.close();
            throw e;
        }
    }

    private static void reencode(Segment segment, Encoding encoding, TopicLog log) {
        ByteBuf frame = segment.acquireView();
        if (frame != null) {
            try {
                segment.forEachFrame(
                        frame,
                        (plainFrame, stamp) -> log.append(encoding.reencode(plainFrame, stamp.control()), stamp));
            } finally {
                frame.release();
            }
        }
    }

    void release(Topic topic, long sequence) {
        Topic base = topic;
        if (topic.base != null) {
            topic.subscriptions--;
            base = topic.base;
        }
        if (--base.subscriptions > 0) {
            return;
        }
        Key key = new Key(base.channel(), base.route());
        if (topics.get(key) != base) {
            base.close(); // It is detached.
        } else if (base.log.head() == 0) {
            end(key, sequence); // Clients may name any route. Only a route that had events is kept.
        } else {
            keepIdle(key, base, sequence);
        }
    }

    /** Counts an event of a variant, and ends one that had no subscribers for too many. @return true when it has ended */
    boolean expire(Topic variant) {
        if (variant.subscriptions > 0 || ++variant.idleEvents < MAX_IDLE_EVENTS) {
            return false;
        }
        variant.log.close();
        return true;
    }

    /** Makes a topic the most recent idle one, and ends the oldest idle ones that exceed a limit. */
    private void keepIdle(Key key, Topic topic, long sequence) {
        removeIdle(key);
        topic.idleBytes = topic.capacity();
        idleBytes += topic.idleBytes;
        idle.put(key, topic);
        while (idle.size() > maxIdle || (idleBytes > limits.idleBytes() && idle.size() > 1)) {
            end(idle.keySet().iterator().next(), sequence);
        }
    }

    private void removeIdle(Key key) {
        Topic topic = idle.remove(key);
        if (topic != null) {
            idleBytes -= topic.idleBytes;
        }
    }

    private void end(Key key, long sequence) {
        Topic topic = topics.remove(key);
        removeIdle(key);
        if (topic != null) {
            if (topic.log.head() > 0) {
                evictedSequence = sequence;
            }
            topic.close();
        }
    }

    int size() {
        return topics.size();
    }

    /** Bytes of memory that all logs hold. */
    long capacity() {
        return topics.values().stream().mapToLong(Topic::capacity).sum();
    }

    void close() {
        topics.values().forEach(Topic::close);
        topics.clear();
        idle.clear();
        encodings.values().forEach(Encoding::close);
    }
}
