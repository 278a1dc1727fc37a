package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.metrics.LoopCounters;
import dev.hibiki.gateway.wire.WireFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A topic that clients can subscribe to: a channel, or the events of one channel with one route, in one wire format. Made
 * and ended by the {@link Hub}.
 */
public final class Topic {
    private final String channel;
    private final @Nullable String route;
    private final AtomicReferenceArray<@Nullable TopicShard> shards;

    /** The plain topic of which this is a variant; null for a plain topic. */
    final @Nullable Topic base;

    final Encoding encoding;
    final TopicLog log;

    /** Makes the counters of each shard of a detached topic; null for other topics, which count with their loop. */
    final @Nullable Supplier<LoopCounters> ownCounters;

    /** The same events in other formats. Never changed; the hub replaces the list. Read by any thread. */
    private volatile List<Topic> variants = List.of();

    // Guarded by the hub.
    /** How many subscriptions hold this topic, or one of its variants; a detached topic is also held by its owner. */
    int subscriptions;
    /** The id and the sequence of the last event; the id is null when there was none. */
    @Nullable String lastId;

    long lastSequence;
    /** For a topic without subscribers: its {@link #capacity} after its last event. */
    long idleBytes;

    Topic(
            String channel,
            @Nullable String route,
            @Nullable Topic base,
            Encoding encoding,
            TopicLog log,
            int shardCount,
            @Nullable Supplier<LoopCounters> ownCounters) {
        this.channel = channel;
        this.route = route;
        this.base = base;
        this.encoding = encoding;
        this.log = log;
        this.ownCounters = ownCounters;
        this.shards = new AtomicReferenceArray<>(shardCount);
    }

    /** The configured channel or pattern, or a concrete channel that a pattern matched. */
    public String channel() {
        return channel;
    }

    /** The value of the routing field that all events of this topic share; null for a whole channel. */
    public @Nullable String route() {
        return route;
    }

    /** The plain topic of this one, which may be itself. */
    Topic plain() {
        return base == null ? this : base;
    }

    List<Topic> variants() {
        return variants;
    }

    /** The same events in this format; this topic when it has no variant of that format. Any thread. */
    Topic in(WireFormat format) {
        for (Topic variant : variants) {
            if (variant.encoding.format == format) {
                return variant;
            }
        }
        return this;
    }

    void add(Topic variant) {
        List<Topic> added = new ArrayList<>(variants);
        added.add(variant);
        variants = List.copyOf(added);
    }

    void remove(Topic variant) {
        variants = variants.stream().filter(other -> other != variant).toList();
    }

    /** Bytes of memory that the segments hold, in all formats. */
    long capacity() {
        return log.capacity() + variants.stream().mapToLong(Topic::capacity).sum();
    }

    void close() {
        log.close();
        variants.forEach(Topic::close);
    }

    /** The subscribers on one shard; null when there are none. Any thread. */
    @Nullable TopicShard shard(int index) {
        return shards.get(index);
    }

    /** Set by the shard itself, on its loop. */
    void shard(int index, @Nullable TopicShard shard) {
        shards.set(index, shard);
    }

    int shardCount() {
        return shards.length();
    }

    @Override
    public String toString() {
        return route == null ? channel : channel + '/' + route;
    }
}
