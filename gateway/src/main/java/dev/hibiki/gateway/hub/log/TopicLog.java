package dev.hibiki.gateway.hub.log;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An append-only log of frames that are ready for the wire; the heart of the gateway.
 *
 * <p>A position is the number of bytes since the log began. The log consists of {@link Segment}s, and each frame is whole in
 * one of them. One thread at a time appends. Any number of threads read, and take no lock: the writer fills bytes and
 * index first and moves {@link #head} last (a volatile store); a reader loads {@code head} first and never looks beyond
 * it. Whole segments are dropped from the tail once the rest holds {@link LogLimits#retainedBytes}. The memory of a
 * dropped segment lives until the last send from it is done.
 *
 * <p>The shape is that of Aeron's log buffers and of a Kafka partition: each reader knows its position, and the log knows
 * no reader.
 */
public final class TopicLog {
    private static final Segment[] NONE = {};

    /** A log that is short of memory begins small segments, and keeps no more than this. */
    private static final int MIN_RETAINED_BYTES = 64 * 1024;

    /** The most notices in a log without events. */
    private static final int MAX_LONE_NOTICES = 16;

    private final LogMemory memory;
    private final LogLimits limits;
    private final long firstSequence;
    /** Null for a log whose events are looked up in another one. */
    private final @Nullable IdIndex ids;

    private long lastSequence;
    private boolean hasEvents;
    private volatile Segment[] segments = NONE;
    private volatile long head;

    /**
     * @param firstSequence events up to this one may be missing from the log, later ones are not
     * @param findsIds whether {@link #find} is for this log
     */
    public TopicLog(LogMemory memory, LogLimits limits, long firstSequence, boolean findsIds) {
        this.memory = memory;
        this.limits = limits;
        this.firstSequence = firstSequence;
        this.lastSequence = firstSequence;
        this.ids = findsIds ? new IdIndex(memory) : null;
    }

    /**
     * Appends one frame, which is borrowed. Writer only. It allocates everything before it changes anything: when there is no
     * memory, the log is as it was.
     *
     * @return true when that began a new segment
     */
    public boolean append(ByteBuf frame, Stamp stamp) {
        int bytes = frame.readableBytes();
        @Nullable IdIndex index = stamp.control() ? null : ids;
        if (index != null) {
            index.reserve(2, sequenceBeforeTail());
        }
        Segment last = newest();
        boolean rolls = last == null || !last.hasRoomFor(bytes, stamp.sequence());
        if (last == null || rolls) {
            int capacity = Math.max(segmentBytes(last), bytes);
            last = begin(memory.allocate(capacity), capacity, frame, stamp);
        } else {
            last.append(frame, stamp);
        }
        hasEvents |= !stamp.control();
        if (index != null) {
            index.add(stamp.idHash(), stamp.sequence(), last.sequenceBefore, sequenceBeforeTail());
            if (stamp.aliasHash() != 0) {
                index.add(stamp.aliasHash(), stamp.sequence(), last.sequenceBefore, sequenceBeforeTail());
            }
        }
        moveHead(last, stamp);
        return rolls;
    }

    /**
     * Appends a notice as a segment of its own, whose bytes many logs share. For a log without events. Writer only. When there is
     * no memory, the log is as it was.
     *
     * @param notice the whole buffer is one frame; borrowed, retained while the log needs it
     */
    public void appendShared(ByteBuf notice, Stamp stamp) {
        moveHead(begin(notice.retainedDuplicate(), 0, null, stamp), stamp);
        dropOldest(segments.length - MAX_LONE_NOTICES);
    }

    /**
     * Begins a segment with its first frame.
     *
     * @param buffer ownership is taken, also when this fails
     * @param countedBytes of the buffer, as memory of this log
     * @param frame null when it is in the buffer already
     */
    private Segment begin(ByteBuf buffer, int countedBytes, @Nullable ByteBuf frame, Stamp stamp) {
        Segment[] current = segments;
        int dropped = beyond(limits.retainedBytes());
        Segment added = null;
        try {
            if (current.length > 0) {
                current[current.length - 1].seal();
            }
            added = new Segment(head, framesUpToEnd(), lastSequence, buffer, countedBytes, memory);
            if (frame == null) {
                added.indexWhole(stamp);
            } else {
                added.append(frame, stamp);
            }
            Segment[] next = Arrays.copyOfRange(current, dropped, current.length + 1);
            next[current.length - dropped] = added;
            segments = next;
        } catch (RuntimeException | Error e) {
            if (added == null) {
                buffer.release();
            } else {
                added.drop();
            }
            throw e;
        }
        for (int i = 0; i < dropped; i++) {
            current[i].drop();
        }
        return added;
    }

    private void moveHead(Segment last, Stamp stamp) {
        lastSequence = stamp.sequence();
        head = last.end();
    }

    private @Nullable Segment newest() {
        Segment[] current = segments;
        return current.length == 0 ? null : current[current.length - 1];
    }

    private long framesUpToEnd() {
        Segment last = newest();
        return last == null ? 0 : last.framesUpToEnd();
    }

    private int segmentBytes(@Nullable Segment last) {
        int size = last == null ? 0 : Math.min(limits.maxSegmentBytes(), 2 * last.capacity());
        return Math.max(
                limits.minSegmentBytes(),
                memory.hasRoomFor(size) ? size : Math.min(LogLimits.SMALL_SEGMENT_BYTES, size));
    }

    /** How many of the oldest segments the log can do without when it keeps so many bytes. The newest one always stays. */
    private int beyond(long retainedBytes) {
        Segment[] current = segments;
        int count = 0;
        while (count < current.length - 1 && head - current[count].end() >= retainedBytes) {
            count++;
        }
        return count;
    }

    /**
     * How many of the oldest segments can be dropped when memory is short. Writer only.
     *
     * @param all whether to keep only the newest one
     */
    int droppable(boolean all) {
        return beyond(all ? 0 : Math.min(MIN_RETAINED_BYTES, limits.retainedBytes()));
    }

    /** Drops so many of the oldest segments. Writer only. */
    void dropOldest(int count) {
        if (count > 0) {
            Segment[] current = segments;
            segments = Arrays.copyOfRange(current, count, current.length);
            for (int i = 0; i < count; i++) {
                current[i].drop();
            }
        }
    }

    /** Frees what the index has of dropped segments. Writer only. */
    void trimIndex() {
        if (ids != null) {
            ids.trim(framesUpToEnd() - segments[0].framesBefore, sequenceBeforeTail());
        }
    }

    /** True when an event was appended, and not only notices. Writer only. */
    public boolean hasEvents() {
        return hasEvents;
    }

    private long sequenceBeforeTail() {
        Segment[] current = segments;
        return current.length == 0 ? firstSequence : current[0].sequenceBefore;
    }

    /** The position after the last frame. */
    public long head() {
        return head;
    }

    /**
     * Tells the sequences of the retained events with this id: of the first and of the last one, and perhaps of some in between.
     * Any thread.
     */
    public void find(long idHash, LongConsumer sequences) {
        if (ids != null) {
            ids.find(idHash, sequenceBeforeTail(), sequences);
        }
    }

    /** Events up to this one may never have been in the log. */
    long firstSequence() {
        return firstSequence;
    }

    /** The retained segments, oldest first. The array is never changed; a new one replaces it when segments come or go. */
    Segment[] segments() {
        return segments;
    }

    /** How many bytes the log keeps at least, once it has had so many. */
    public long retainedBytes() {
        return limits.retainedBytes();
    }

    /** Bytes of memory held by the retained segments. */
    public long capacity() {
        long sum = 0;
        for (Segment segment : segments) {
            sum += segment.capacity();
        }
        return sum;
    }

    /** Releases all segments. Writer only; nothing may be appended afterwards. */
    public void close() {
        Segment[] current = segments;
        segments = NONE;
        for (Segment segment : current) {
            segment.drop();
        }
        if (ids != null) {
            ids.close();
        }
    }
}
