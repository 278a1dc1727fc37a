package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.hub.log.OldestSegments;
import dev.hibiki.gateway.hub.log.TopicLog;
import dev.hibiki.gateway.metrics.LoopCounters;
import dev.hibiki.gateway.wire.WireFormat;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
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
 * <p>A topic in another format is a variant of the plain one. It is made when the first client of that format comes, and ends
 * with the last one. It begins empty: what is older is read from the plain log, see {@link OlderEvents}.
 *
 * <p>When {@link LogMemory} is short, idle topics end, and then the oldest segments of all logs go, down to a minimum.
 */
final class TopicTable {
    /** The most idle topics for each entry, however small they are: publishers may invent any number of routes. */
    private static final int MAX_IDLE_ROUTES = 4096;

    private static final int MAX_GAPS = 1024;

    /** What a topic takes of the heap beside its log, more or less: a client may name any route, and so make topics. */
    private static final int TOPIC_BYTES = 1024;

    private final LogMemory memory;
    /** Told of topics whose logs have dropped segments, so that the loops let go of these. */
    private final Consumer<Topic> shrunk;

    private final LogLimits limits;
    private final ChannelTable channels;
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

    TopicTable(
            LogMemory memory,
            Consumer<Topic> shrunk,
            LogLimits limits,
            WireFormat plain,
            ChannelTable channels,
            int shardCount) {
        this.memory = memory;
        this.shrunk = shrunk;
        this.limits = limits;
        this.shardCount = shardCount;
        this.maxIdle = MAX_IDLE_ROUTES * channels.entries().size();
        this.channels = channels;
        this.plain = encoding(plain);
    }

    private Encoding encoding(WireFormat format) {
        return encodings.computeIfAbsent(format, added -> new Encoding(added, memory.allocateHeap()));
    }

    /** The plain topic to append an event to; {@link #appended} must follow. In between it is not idle, and so does not end. */
    Topic published(String channel, @Nullable String route) {
        Key key = new Key(channel, route);
        Topic topic = topic(key);
        removeIdle(key);
        return topic;
    }

    private Topic topic(Key key) {
        Topic topic = topics.get(key);
        return topic == null ? create(key) : topic;
    }

    /** Makes this topic the most recently published one, after an append, also after one that failed. */
    void appended(Topic topic, long sequence) {
        if (topic.subscriptions == 0) {
            try {
                keepIdle(new Key(topic.channel(), topic.route()), topic, sequence);
            } catch (OutOfMemoryError e) { // It does not end before its next event.
                memory.failed(e);
            }
        }
    }

    private Topic create(Key key) {
        TopicLog log = new TopicLog(memory, limits, lostUpTo(key.channel()), true);
        Topic topic = new Topic(key.channel(), key.route(), null, plain, log, shardCount, null);
        topics.put(key, topic);
        memory.countHeap(TOPIC_BYTES);
        return topic;
    }

    /** A new log of this channel may lack events up to this sequence; also those that its pattern has lost. */
    private long lostUpTo(String channel) {
        ChannelSpec owner = channels.owner(channel);
        long ofPattern = owner == null ? 0 : gaps.getOrDefault(owner.name(), 0L);
        return Math.max(evictedSequence, Math.max(ofPattern, gaps.getOrDefault(channel, 0L)));
    }

    /** Makes a topic that is not in this table and is held once, by its owner. */
    Topic createDetached(String name, WireFormat format, LogLimits ownLimits, Supplier<LoopCounters> counters) {
        TopicLog log = new TopicLog(memory, ownLimits, 0, false);
        Topic topic = new Topic(name, null, null, encoding(format), log, shardCount, counters);
        topic.subscriptions = 1;
        return topic;
    }

    /** The plain topic of a whole channel; null when nothing was published or subscribed there. */
    @Nullable Topic whole(String channel) {
        return topics.get(new Key(channel, null));
    }

    /** Notes that events of a channel were lost, at this sequence. */
    void lost(String channel, long sequence) {
        if (gaps.size() == MAX_GAPS) {
            gaps.clear();
            evictedSequence = sequence; // Counts as a gap of all channels: one too many is better than one too few.
        }
        gaps.put(channel, sequence);
    }

    /** All plain topics, by their channels, concrete or not. The caller may change the map. */
    Map<String, List<Topic>> byChannel() {
        return topics.values().stream()
                .collect(Collectors.groupingBy(Topic::channel, TreeMap::new, Collectors.toList()));
    }

    /** @param sequence of the last event */
    Topic acquire(String channel, @Nullable String route, WireFormat format, long sequence) {
        Key key = new Key(channel, route);
        Topic topic = topic(key);
        topic.subscriptions++;
        removeIdle(key);
        makeRoom(sequence);
        try {
            return format == plain.format ? topic : acquireVariant(topic, format, sequence);
        } catch (RuntimeException | Error e) { // There was no memory for it, for instance.
            release(topic, sequence);
            throw e;
        }
    }

    private Topic acquireVariant(Topic base, WireFormat format, long sequence) {
        Topic variant = base.in(format);
        if (variant == base) {
            TopicLog log = new TopicLog(memory, limits, base.firstSequence(sequence), false);
            variant = new Topic(base.channel(), base.route(), base, encoding(format), log, shardCount, null);
            variant.inheritLoss(base);
            base.add(variant);
            memory.countHeap(TOPIC_BYTES);
        }
        variant.subscriptions++;
        return variant;
    }

    void release(Topic topic, long sequence) {
        Topic base = topic.plain();
        base.subscriptions--;
        try {
            if (topic != base && --topic.subscriptions == 0) {
                base.remove(topic);
                topic.close();
                memory.countHeap(-TOPIC_BYTES);
            }
            if (base.subscriptions > 0) {
                return;
            }
            Key key = new Key(base.channel(), base.route());
            if (topics.get(key) != base) {
                base.close(); // It is detached.
            } else if (!base.hadEvents()) {
                end(key, sequence); // Clients may name any route. Only a route that had events is kept.
            } else {
                keepIdle(key, base, sequence);
                if (memory.hasExcess()) {
                    endIdle(sequence); // Perhaps nothing else could be freed until now.
                }
            }
        } catch (OutOfMemoryError e) { // It does not end before its next event or reader.
            memory.failed(e);
        }
    }

    /** Makes a topic the most recent idle one, and ends the oldest idle ones that exceed a limit. */
    private void keepIdle(Key key, Topic topic, long sequence) {
        removeIdle(key);
        topic.idleBytes = 0; // First, so that the sum is right even when a later line fails.
        idle.put(key, topic);
        topic.idleBytes = topic.capacity();
        idleBytes += topic.idleBytes;
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
            if (topic.hadEvents()) {
                evictedSequence = sequence;
            }
            topic.close();
            memory.countHeap(-TOPIC_BYTES * (1L + topic.variants().size()));
        }
    }

    /** Frees memory when the budget is short. */
    void makeRoom(long sequence) {
        if (memory.isShort()) {
            free(sequence, false);
        }
    }

    /** @param failed whether there was no memory for a frame: then what is new comes before what is old */
    void free(long sequence, boolean failed) {
        memory.beginFreeing(failed);
        try {
            endIdle(sequence);
            dropOldestSegments();
        } catch (OutOfMemoryError e) { // The memory freed until here must suffice.
            memory.failed(e);
        }
        memory.hasFreed();
    }

    private void endIdle(long sequence) {
        while (memory.needsMoreRoom() && !idle.isEmpty()) {
            end(idle.keySet().iterator().next(), sequence);
        }
    }

    private void dropOldestSegments() {
        if (!memory.needsMoreRoom()) {
            return;
        }
        OldestSegments<Topic> oldest = new OldestSegments<>(memory);
        for (Topic plain : topics.values()) {
            plain.formats().forEach(topic -> oldest.add(topic.log, topic));
        }
        oldest.drop().forEach(shrunk);
    }

    int size() {
        return topics.size();
    }

    void close() {
        List.copyOf(topics.keySet()).forEach(key -> end(key, 0));
        encodings.values().forEach(Encoding::close);
    }
}
