package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.frame.WireFormat;
import dev.hibiki.gateway.metrics.LoopCounters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where events meet subscribers. Thread-safe: one lock guards publishing and the set of topics; no socket is ever touched
 * under it.
 *
 * <p>An event is encoded once and its bytes are appended to every topic it belongs to: the configured channel or pattern,
 * the concrete channel where a pattern matched, and each of these again for the event's route. So a subscriber of one
 * route reads one log, contiguously, and filters nothing.
 */
public final class Hub implements AutoCloseable {
    /** Routes kept per channel while nobody subscribes to them: publishers may invent any number. */
    private static final int MAX_IDLE_ROUTES = 64;

    private static final long ROOM_POLL_NS = TimeUnit.MICROSECONDS.toNanos(200);

    private final ChannelTable channels;
    private final WireFormat format;
    private final LogLimits limits;
    private final ByteBufAllocator allocator;
    private final List<LoopShard> shards = new ArrayList<>();
    private final Map<TopicKey, Topic> topics = new HashMap<>();
    /** Topics without subscriber, least recently published first. */
    private final Map<TopicKey, Topic> idle = new LinkedHashMap<>(16, 0.75f, true);

    private final ByteBuf frame;
    private final List<Topic> touched = new ArrayList<>(4);
    private long sequence;
    private volatile long publishedSequence;

    private record TopicKey(String channel, @Nullable String route) {}

    /**
     * @param channels which channels exist
     * @param format how events are framed
     * @param limits of each topic's log
     * @param allocator of the logs' direct buffers
     * @param loops one shard is made for each
     * @param counters for one loop each
     */
    public Hub(
            ChannelTable channels,
            WireFormat format,
            LogLimits limits,
            ByteBufAllocator allocator,
            List<EventLoop> loops,
            Supplier<LoopCounters> counters) {
        this.channels = channels;
        this.format = format;
        this.limits = limits;
        this.allocator = allocator;
        this.frame = allocator.heapBuffer();
        for (EventLoop loop : loops) {
            shards.add(new LoopShard(loop, shards.size(), this, counters.get()));
        }
    }

    public ChannelTable channels() {
        return channels;
    }

    public List<LoopShard> shards() {
        return List.copyOf(shards);
    }

    /**
     * Appends an event to the logs of its topics and tells the shards. Any thread.
     *
     * @param entry the configured channel or pattern through which it came
     * @param channel the concrete channel; anybody may name one just like a pattern
     */
    public synchronized void publish(ChannelSpec entry, String channel, Event event) {
        frame.clear();
        format.encode(event, frame);
        sequence++;
        try {
            appendToTopics(entry.name(), channel, event.route());
        } finally {
            announceTouched(); // Also when memory ran out in between: some of the logs have the event.
        }
    }

    private void appendToTopics(String entry, String channel, @Nullable String route) {
        append(entry, null);
        if (route != null) {
            append(entry, route);
        }
        if (!channel.equals(entry)) {
            append(channel, null);
            if (route != null) {
                append(channel, route);
            }
        }
    }

    private void announceTouched() {
        // All logs have moved before any shard is told, and before a merging reader may pass this event.
        publishedSequence = sequence;
        long nowNs = System.nanoTime();
        for (Topic topic : touched) {
            announce(topic, nowNs);
        }
        touched.clear();
    }

    private void append(String channel, @Nullable String route) {
        TopicKey key = new TopicKey(channel, route);
        Topic topic = topics.get(key);
        if (topic == null) {
            topic = create(key);
            idle.put(key, topic);
            evictIdle();
        } else if (topic.subscriptions == 0) {
            idle.get(key); // Now the most recent.
        }
        boolean rolled = topic.log.append(frame, sequence);
        touched.add(topic);
        if (rolled && topic.subscriptions > 0) {
            shards.forEach(LoopShard::checkPressure);
        }
    }

    private Topic create(TopicKey key) {
        Topic topic = new Topic(key.channel(), key.route(), new TopicLog(allocator, limits), shards.size());
        topics.put(key, topic);
        return topic;
    }

    private void evictIdle() {
        int kept = MAX_IDLE_ROUTES * channels.entries().size();
        if (idle.size() > kept) {
            TopicKey eldest = idle.keySet().iterator().next();
            end(eldest);
        }
    }

    private void end(TopicKey key) {
        Topic topic = topics.remove(key);
        idle.remove(key);
        if (topic != null) {
            topic.log.close();
        }
    }

    private void announce(Topic topic, long nowNs) {
        for (int i = 0; i < topic.shardCount(); i++) {
            TopicShard subscribers = topic.shard(i);
            if (subscribers != null) {
                shards.get(i).announce(subscribers, nowNs);
            }
        }
    }

    /** Acquires a topic for one subscription, which gives it back when it closes. Any thread. */
    public synchronized Topic acquire(String channel, @Nullable String route) {
        TopicKey key = new TopicKey(channel, route);
        Topic topic = topics.get(key);
        if (topic == null) {
            topic = create(key);
        }
        topic.subscriptions++;
        idle.remove(key);
        return topic;
    }

    synchronized void release(Topic topic) {
        if (--topic.subscriptions > 0) {
            return;
        }
        TopicKey key = new TopicKey(topic.channel(), topic.route());
        if (topic.log.head() == 0) {
            end(key); // Clients may name any route; only one that events came for is worth keeping.
        } else {
            idle.put(key, topic);
            evictIdle();
        }
    }

    /**
     * Waits while the loops are behind with what was published, but not longer than this; to be called between two
     * events, by a thread that can make its publisher wait. A burst then fills the buffers on the way here instead of
     * pushing everybody off the logs. Who is slow by himself, or does not read at all, is not waited for.
     */
    public void awaitRoom(long maxWaitMs) {
        if (!isCongested() || shards.stream().anyMatch(shard -> shard.loop().inEventLoop())) {
            return;
        }
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(maxWaitMs);
        while (isCongested() && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(ROOM_POLL_NS);
        }
    }

    private boolean isCongested() {
        for (LoopShard shard : shards) {
            if (shard.isCongested()) {
                return true;
            }
        }
        return false;
    }

    /** How far behind a subscriber counts as pressure. */
    long pressureBytes() {
        return limits.retainedBytes() / 2;
    }

    long publishedSequence() {
        return publishedSequence;
    }

    /** How many topics exist now. */
    public synchronized int topicCount() {
        return topics.size();
    }

    /** Bytes of memory that all logs hold. */
    public synchronized long logBytes() {
        return topics.values().stream().mapToLong(topic -> topic.log.capacity()).sum();
    }

    /** Releases all logs. The loops must have ended, or have no subscribers left. */
    @Override
    public synchronized void close() {
        topics.values().forEach(topic -> topic.log.close());
        topics.clear();
        idle.clear();
        frame.release();
    }
}
