package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.hub.log.Stamp;
import dev.hibiki.gateway.hub.log.TopicLog;
import dev.hibiki.gateway.metrics.LoopCounters;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
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
    /** How many events this log lacks, for want of memory, without a notice of it; -1 when that is not known. */
    private long untold;
    /** The sequence of the last of them. */
    private long untoldSequence;

    private boolean isWaitingToTell;
    /** True when no channel leads to this topic any more. */
    private boolean ended;

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

    /** This plain topic and its variants. */
    List<Topic> formats() {
        List<Topic> all = new ArrayList<>(variants);
        all.add(this);
        return all;
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

    /**
     * Appends a frame to the log of this plain topic and to its variants. A log without memory for it tells its readers that they
     * miss something, now or before the next frame.
     *
     * @param missed how many events are lost where this fails; -1 when that is not known
     * @return true when all of these logs have it
     */
    boolean append(Encoding.Content content, Stamp stamp, long missed, Hub hub) {
        boolean inPlain = tryToAppend(content, stamp, missed, hub);
        boolean inAll = inPlain;
        for (Topic variant : variants) {
            if (inPlain) {
                inAll &= variant.tryToAppend(content, stamp, missed, hub);
            } else { // Its readers may read on in either log, so both lack it.
                variant.lose(stamp.sequence(), missed, hub);
            }
        }
        return inAll;
    }

    private boolean tryToAppend(Encoding.Content content, Stamp stamp, long missed, Hub hub) {
        for (int attempt = 0; attempt < 2; attempt++) {
            try {
                append(content, stamp, hub);
                return true;
            } catch (OutOfMemoryError e) {
                hub.memory().failed(e);
                if (attempt == 0) {
                    hub.shed();
                }
            }
            if (ended) { // To make room, since nobody reads it.
                return false;
            }
        }
        lose(stamp.sequence(), missed, hub);
        return false;
    }

    /** When there is no memory, it throws, and the frame is not in the log. */
    private void append(Encoding.Content content, Stamp stamp, Hub hub) {
        hub.touched.add(this); // Before there is something to tell: this may fail as well.
        tellLoss(hub.memory());
        // A notice has one sequence, but another content in the logs of routes.
        long number = stamp.control() && route != null ? -stamp.sequence() : stamp.sequence();
        if (stamp.control() && !log.hasEvents()) {
            log.appendShared(encoding.sharedFrame(content, number, hub.memory()), stamp);
        } else if (log.append(encoding.frame(content, number), stamp) && subscriptions > 0) {
            logGrew(hub);
        }
    }

    /** The frame is in the log by now, so nothing that fails here may look as if it were not. */
    private static void logGrew(Hub hub) {
        try {
            hub.shards().forEach(LoopShard::logGrew);
        } catch (OutOfMemoryError e) {
            hub.memory().failed(e);
        }
    }

    /** This log lacks what has this sequence. Its readers are told, now or before they get what follows. */
    private void lose(long sequence, long missed, Hub hub) {
        untold = untold < 0 || missed < 0 ? -1 : untold + missed;
        untoldSequence = sequence;
        hub.losses.add(this, hub);
    }

    /** The topics whose readers have to be told of a loss. Guarded by the hub. */
    static final class Losses {
        /** More than that are told before their next event. */
        private static final int MAX = 1024;

        private final ArrayDeque<Topic> untold = new ArrayDeque<>(MAX);

        private long freedAt;

        /** Returns true once for each sequence. */
        boolean mayFree(long sequence) {
            boolean first = freedAt != sequence;
            freedAt = sequence;
            return first;
        }

        private void add(Topic topic, Hub hub) {
            if (!topic.triesToTell(hub) && !topic.isWaitingToTell && untold.size() < MAX) {
                topic.isWaitingToTell = true;
                untold.add(topic);
            }
        }

        /** Tells what could not be told before. */
        void tell(Hub hub) {
            for (Topic topic; (topic = untold.peek()) != null && topic.triesToTell(hub); ) {
                untold.remove().isWaitingToTell = false;
            }
        }
    }

    /** Appends the notice of a loss when one is due. @return false when there is no memory for it */
    private boolean triesToTell(Hub hub) {
        try {
            if (untold != 0 && !ended) {
                hub.touched.add(this);
                tellLoss(hub.memory());
            }
            return true;
        } catch (OutOfMemoryError e) {
            hub.memory().failed(e);
            return false;
        }
    }

    /** Appends the notice that is due. When there is no memory, it throws, and the notice stays due. */
    private void tellLoss(LogMemory memory) {
        if (untold != 0) {
            ByteBuf notice = encoding.encode((format, out) -> format.encodeGap(channel, untold, out));
            // In the place of the last lost event: no other frame of this log has its sequence.
            Stamp place = Stamp.control(untoldSequence);
            if (log.hasEvents()) {
                log.append(notice, place);
            } else {
                ByteBuf own = memory.allocate(notice.readableBytes()).writeBytes(notice);
                try {
                    log.appendShared(own, place);
                } finally {
                    own.release();
                }
            }
            untold = 0;
        }
    }

    /** A new log of the same events lacks what this one lacks, and begins before that. */
    void inheritLoss(Topic from) {
        untold = from.untold;
        untoldSequence = from.untoldSequence;
    }

    /** The sequence up to which a log of the same events that begins now may lack them. */
    long firstSequence(long now) {
        return untold == 0 ? now : untoldSequence - 1;
    }

    /** True when this log has, or lacks, events of which another one that is made later would know nothing. */
    boolean hadEvents() {
        return untold != 0 || log.hasEvents();
    }

    boolean hasEnded() {
        return ended;
    }

    void close() {
        ended = true;
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
