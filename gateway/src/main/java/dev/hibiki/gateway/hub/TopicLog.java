package dev.hibiki.gateway.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;

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
final class TopicLog {
    private static final Segment[] NONE = {};

    private final ByteBufAllocator allocator;
    private final LogLimits limits;
    private final long firstSequence;
    private long lastSequence;
    private volatile Segment[] segments = NONE;
    private volatile long head;

    /**
     * @param allocator of the segments' direct buffers
     * @param firstSequence events up to this one may be missing from the log, later ones are not
     */
    TopicLog(ByteBufAllocator allocator, LogLimits limits, long firstSequence) {
        this.allocator = allocator;
        this.limits = limits;
        this.firstSequence = firstSequence;
        this.lastSequence = firstSequence;
    }

    /** Appends one frame, which is borrowed. Writer only. @return true when that began a new segment */
    boolean append(ByteBuf frame, Stamp stamp) {
        int bytes = frame.readableBytes();
        Segment[] current = segments;
        Segment last = current.length == 0 ? null : current[current.length - 1];
        boolean rolls = last == null || !last.hasRoomFor(bytes);
        if (last == null || rolls) {
            last = roll(current, bytes);
        }
        last.append(frame, stamp);
        lastSequence = stamp.sequence();
        head = last.end();
        return rolls;
    }

    private Segment roll(Segment[] current, int frameBytes) {
        int size = current.length == 0
                ? limits.minSegmentBytes()
                : Math.min(limits.maxSegmentBytes(), 2 * current[current.length - 1].capacity());
        int capacity = Math.max(size, frameBytes);
        long frames = current.length == 0 ? 0 : current[current.length - 1].framesUpToEnd();
        Segment added = new Segment(head, frames, lastSequence, allocator.directBuffer(capacity, capacity));
        int dropped = firstRetained(current);
        Segment[] next = Arrays.copyOfRange(current, dropped, current.length + 1);
        next[next.length - 1] = added;
        segments = next;
        for (int i = 0; i < dropped; i++) {
            current[i].release();
        }
        return added;
    }

    private int firstRetained(Segment[] current) {
        int first = 0;
        while (first < current.length && head - current[first].end() >= limits.retainedBytes()) {
            first++;
        }
        return first;
    }

    /** The position after the last frame. */
    long head() {
        return head;
    }

    /**
     * The sequence of the oldest retained event with this id; -1 when there is none. Any thread. When a publisher repeats an
     * id, the oldest event counts: an event twice is better than an event never.
     */
    long sequenceOf(long idHash) {
        for (Segment segment : segments) {
            long sequence = segment.sequenceOf(idHash);
            if (sequence >= 0) {
                return sequence;
            }
        }
        return -1;
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
    long retainedBytes() {
        return limits.retainedBytes();
    }

    /** Bytes of memory held by the retained segments. */
    long capacity() {
        long sum = 0;
        for (Segment segment : segments) {
            sum += segment.capacity();
        }
        return sum;
    }

    /** Releases all segments. Writer only; nothing may be appended afterwards. */
    void close() {
        Segment[] current = segments;
        segments = NONE;
        for (Segment segment : current) {
            segment.release();
        }
    }
}
