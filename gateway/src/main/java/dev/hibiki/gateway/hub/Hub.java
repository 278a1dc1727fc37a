package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.hub.log.Stamp;
import dev.hibiki.gateway.hub.log.TopicLog;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.metrics.LoopCounters;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Appends events to the logs of their topics, and tells the subscribers. Thread-safe: one lock guards publishing and the
 * set of topics; no socket is ever touched under it.
 *
 * <p>An event is encoded once, and its bytes are appended to every topic that it belongs to: the configured channel or
 * pattern, the concrete channel where a pattern matched, and each of these again for the event's route. So a subscriber of
 * one route reads one contiguous log, and filters nothing.
 */
public final class Hub implements AutoCloseable {
    private static final long ROOM_POLL_NS = TimeUnit.MICROSECONDS.toNanos(200);

    private final ChannelTable channels;
    private final WireFormat format;
    private final LogMemory memory;
    private final List<LoopShard> shards = new ArrayList<>();
    private final TopicTable topics;
    private final ProgressTable progress;
    final List<Topic> touched = new ArrayList<>(4);
    final Readers readers;
    final Topic.Losses losses = new Topic.Losses();
    private long sequence;
    private volatile long publishedSequence;

    /**
     * @param channels which channels exist
     * @param format the plain format, in which everything is kept; other formats are derived from it when a client asks
     * @param limits of each topic's log
     * @param memory the budget of all logs
     * @param loops one shard is made for each
     * @param counters for one loop each
     */
    public Hub(
            ChannelTable channels,
            WireFormat format,
            LogLimits limits,
            LogMemory memory,
            List<EventLoop> loops,
            Supplier<LoopCounters> counters) {
        this.channels = channels;
        this.readers = new Readers(channels);
        this.progress = new ProgressTable(channels);
        this.format = format;
        this.memory = memory;
        this.topics = new TopicTable(
                memory, topic -> announce(topic, System.nanoTime()), limits, format, channels, loops.size());
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
     * @param channel the concrete channel; it may have the same name as a pattern
     * @return false when some of the logs had no memory for it: their readers are told. After an error, a {@link #gap} is due
     */
    public synchronized boolean publish(ChannelSpec entry, String channel, Event event) {
        sequence++;
        Stamp stamp = Stamp.event(sequence, event.id(), event.alias(), event.key());
        Encoding.Content content = (wanted, out) -> wanted.encode(event, out);
        try {
            boolean done = appendEvent(entry.name(), event, content, stamp);
            return channel.equals(entry.name()) ? done : appendEvent(channel, event, content, stamp) && done;
        } finally {
            published();
        }
    }

    /** Registers the progress of an entry, before clients can come. Without it, the channel counts as loaded. Any thread. */
    public void follow(ChannelSpec entry, ChannelProgress of) {
        progress.follow(entry, of);
    }

    /** Lets clients join that had to wait for the {@link ChannelProgress} of a channel. Any thread. */
    public void progressed() {
        synchronized (this) {
            progress.update(sequence);
        }
        shards.forEach(LoopShard::progressed);
    }

    ProgressTable progress() {
        return progress;
    }

    /**
     * Makes a detached topic. It belongs to the caller: no channel leads to it, and of the hub's figures only that of the memory
     * contains it. The owner publishes to it, {@link #acquire(Topic) acquires} it for each subscription, and
     * {@link #release releases} it in the end. Its log lasts until the owner and all subscriptions have released it. Any thread.
     *
     * @param name for {@link Topic#channel}; it may also be the name of a channel
     * @param counters makes the counters of one loop, where that loop counts deliveries of this topic
     */
    public synchronized Topic createDetached(
            String name, WireFormat wanted, LogLimits ownLimits, Supplier<LoopCounters> counters) {
        return topics.createDetached(name, wanted, ownLimits, counters);
    }

    /** Acquires a detached topic for one subscription, which gives it back when it closes. Any thread. */
    public synchronized Topic acquire(Topic detached) {
        detached.subscriptions++;
        return detached;
    }

    /** Appends an event to a {@linkplain #createDetached detached topic} and tells the shards. For its owner only. @return false when there was no memory for it */
    public synchronized boolean publish(Topic detached, Event event) {
        sequence++;
        Stamp stamp = Stamp.event(sequence, event.id(), null, null);
        try {
            return detached.append((wanted, out) -> wanted.encode(event, out), stamp, 1, this);
        } finally {
            published();
        }
    }

    private boolean appendEvent(String channel, Event event, Encoding.Content content, Stamp stamp) {
        boolean done = appendEvent(topics.published(channel, null), event, content, stamp);
        return event.route() == null
                ? done
                : appendEvent(topics.published(channel, event.route()), event, content, stamp) && done;
    }

    private boolean appendEvent(Topic topic, Event event, Encoding.Content content, Stamp stamp) {
        boolean done = topic.append(content, stamp, 1, this);
        if (done) {
            topic.lastId = event.id();
            topic.lastSequence = sequence;
        }
        topics.appended(topic, sequence);
        return done;
    }

    /**
     * Notes that events are lost between the last event and the next one: puts a notice into the logs of all topics of that
     * entry. It is for clients that read notices, and for clients that resume across it. Any thread.
     *
     * @param entry the configured channel or pattern
     * @param missed the number of lost events; -1 when it is not known. Readers of a route are told that it is not known
     */
    public synchronized void gap(ChannelSpec entry, long missed) {
        Map<String, List<Topic>> affected = topics.byChannel();
        affected.keySet().removeIf(channel -> !channel.equals(entry.name()) && channels.owner(channel) != entry);
        affected.putIfAbsent(entry.name(), List.of());
        long last = sequence + affected.size();
        affected.keySet().forEach(channel -> topics.lost(channel, last)); // All of them, whatever fails below.
        affected.forEach((channel, concerned) -> {
            sequence++;
            Stamp stamp = Stamp.control(sequence);
            Encoding.Content content = (wanted, out) -> wanted.encodeGap(channel, missed, out);
            Encoding.Content ofRoutes = (wanted, out) -> wanted.encodeGap(channel, -1, out);
            try {
                concerned.stream()
                        .filter(topic -> !topic.hasEnded()) // It may have made room for the others.
                        .forEach(topic -> {
                            boolean whole = topic.route() == null;
                            topic.append(whole ? content : ofRoutes, stamp, whole ? missed : -1, this);
                        });
            } finally {
                announceTouched();
            }
        });
        topics.makeRoom(sequence); // Not before: it may end topics.
    }

    private void published() {
        losses.tell(this);
        announceTouched();
        topics.makeRoom(sequence);
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

    /** Frees memory, since there was none for a frame: once for each event, since blocks that are dropped become free a moment later. */
    void shed() {
        if (losses.mayFree(sequence)) {
            topics.free(sequence, true);
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

    /** The format in which everything is kept. */
    public WireFormat format() {
        return format;
    }

    /** Acquires a topic for one subscription, which gives it back when it closes. Any thread. */
    public synchronized Topic acquire(String channel, @Nullable String route, WireFormat wanted) {
        return topics.acquire(channel, route, wanted, sequence);
    }

    synchronized Joining.Moment now(List<Cursor> cursors) {
        return Joining.Moment.now(sequence, cursors);
    }

    /** The plain log of a whole channel; null when it has none. */
    synchronized @Nullable TopicLog logOf(String channel) {
        Topic whole = topics.whole(channel);
        return whole == null ? null : whole.log;
    }

    /** Gives back an acquired topic that no subscription holds; a subscription gives its topics back itself. Any thread. */
    public synchronized void release(Topic topic) {
        topics.release(topic, sequence);
    }

    /**
     * Waits while a {@linkplain LoopShard#setCongested loop is congested}, but not longer than this. Called between two
     * events, by a thread that can make its publisher wait.
     */
    public void awaitRoom(long maxWaitMs) {
        if (!LoopShard.isAnyCongested(shards)
                || shards.stream().anyMatch(shard -> shard.loop().inEventLoop())) {
            return;
        }
        Ticker ticker = shards.get(0).loop().ticker();
        long deadlineNs = ticker.nanoTime() + TimeUnit.MILLISECONDS.toNanos(maxWaitMs);
        while (LoopShard.isAnyCongested(shards) && ticker.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(ROOM_POLL_NS);
        }
    }

    long publishedSequence() {
        return publishedSequence;
    }

    /** How many channels, and routes of channels, have a log now. */
    public synchronized int topicCount() {
        return topics.size();
    }

    /** The memory that all logs take, and may take. */
    public LogMemory memory() {
        return memory;
    }

    /** Registers the gauges of the topics and of the memory of their logs. */
    public void register(GatewayMetrics metrics) {
        metrics.gauge("hibiki.topics", "Channels, and regions of channels, that have a log", this::topicCount);
        memory.register(metrics);
        readers.register(metrics);
    }

    /** Releases all logs. The loops must have ended, or have no subscribers left. */
    @Override
    public synchronized void close() {
        topics.close();
    }
}
