package dev.hibiki.gateway.hub;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A part of a {@link TopicLog}: one direct buffer of whole frames, and an index with the end of each frame.
 *
 * <p>Written by the one writer of the log. Any thread may read, but only up to a head that it got from the log: that
 * volatile read makes the bytes and the index before the head visible. The segment counts its users (the log, and readers
 * while they take a view). Netty recycles the buffer object after its release, so without the count a late reader could
 * retain a buffer that already belongs to another segment.
 */
final class Segment {
    private static final int INITIAL_FRAMES = 64;
    private static final int[] NONE = {};

    /** The position in the log of this segment's first byte. */
    final long base;
    /** How many frames the log had before this segment. */
    final long framesBefore;
    /** The sequence of the last frame before this segment; without one, the sequence after which the log began. */
    final long sequenceBefore;

    private final ByteBuf buffer;
    private final AtomicInteger users = new AtomicInteger(1);
    // The count is written last and read first, so a reader that sees a frame counted also sees its entries.
    private volatile int frames;
    private int[] ends = new int[INITIAL_FRAMES];
    private long[] sequences = new long[INITIAL_FRAMES];
    private long[] idHashes = new long[INITIAL_FRAMES];
    private long[] keyHashes = new long[INITIAL_FRAMES];
    /** The offsets of the control frames, which are rare. */
    private int[] controls = NONE;

    /** Called with each frame, which is borrowed, and its stamp. */
    interface FrameVisitor {
        void visit(ByteBuf frame, Stamp stamp);
    }

    /** Takes ownership of the buffer. */
    Segment(long base, long framesBefore, long sequenceBefore, ByteBuf buffer) {
        this.base = base;
        this.framesBefore = framesBefore;
        this.sequenceBefore = sequenceBefore;
        this.buffer = buffer;
    }

    boolean hasRoomFor(int bytes) {
        return buffer.writableBytes() >= bytes;
    }

    int capacity() {
        return buffer.capacity();
    }

    /** Appends one frame, which is borrowed. Writer only; not visible to readers until the log's head moves. */
    void append(ByteBuf frame, Stamp stamp) {
        if (stamp.control()) {
            controls = Arrays.copyOf(controls, controls.length + 1);
            controls[controls.length - 1] = buffer.writerIndex();
        }
        buffer.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
        int index = frames;
        if (index == ends.length) {
            ends = Arrays.copyOf(ends, 2 * index);
            sequences = Arrays.copyOf(sequences, 2 * index);
            idHashes = Arrays.copyOf(idHashes, 2 * index);
            keyHashes = Arrays.copyOf(keyHashes, 2 * index);
        }
        ends[index] = buffer.writerIndex();
        sequences[index] = stamp.sequence();
        idHashes[index] = stamp.idHash();
        keyHashes[index] = stamp.keyHash();
        frames = index + 1;
    }

    /** The position after this segment's last frame. Exact for a segment that is no longer written to. */
    long end() {
        return base + buffer.writerIndex();
    }

    /** A duplicate of the buffer that the caller must release; null when the log and all readers have released it. */
    @Nullable ByteBuf acquireView() {
        int count = users.get();
        while (count > 0 && !users.compareAndSet(count, count + 1)) {
            count = users.get();
        }
        if (count == 0) {
            return null;
        }
        ByteBuf view = buffer.retainedDuplicate();
        release();
        return view;
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            buffer.release();
        }
    }

    /** The index of the frame that starts at this position, or of the next one to come. */
    int frameAt(long position) {
        int offset = (int) (position - base);
        if (offset == 0) {
            return 0;
        }
        int count = frames;
        int found = Arrays.binarySearch(ends, 0, count, offset);
        if (found < 0) {
            throw new IllegalArgumentException("position " + position + " is inside a frame");
        }
        return found + 1;
    }

    /** The sequence of the first event with this id; -1 when there is none. */
    long sequenceOf(long idHash) {
        int count = frames;
        long[] hashes = idHashes;
        for (int i = 0; i < count; i++) {
            if (hashes[i] == idHash) {
                return sequences[i];
            }
        }
        return -1;
    }

    /** Where the first control frame at or after this position starts; {@link Long#MAX_VALUE} when there is none. */
    long nextControl(long position) {
        for (int start : controls) {
            if (base + start >= position) {
                return base + start;
            }
        }
        return Long.MAX_VALUE;
    }

    /** How many frames the log has up to this segment's end. Writer only, unless the segment is no longer written to. */
    long framesUpToEnd() {
        return framesBefore + frames;
    }

    /** The position after the last frame whose sequence is at most this one; the start when there is none. */
    long positionAfter(long sequence) {
        int count = frames;
        int found = Arrays.binarySearch(sequences, 0, count, sequence);
        int after = found >= 0 ? found + 1 : -found - 1;
        return after == 0 ? base : base + ends[after - 1];
    }

    /**
     * Visits all frames, oldest first. Writer only.
     *
     * @param view an acquired view of this segment; borrowed
     */
    void forEachFrame(ByteBuf view, FrameVisitor visitor) {
        int count = frames;
        int start = 0;
        for (int i = 0; i < count; i++) {
            boolean control = Arrays.binarySearch(controls, start) >= 0;
            visitor.visit(
                    view.slice(start, ends[i] - start), new Stamp(sequences[i], idHashes[i], keyHashes[i], control));
            start = ends[i];
        }
    }

    /** The position after the frame of this index. */
    long frameEnd(int frame) {
        return base + ends[frame];
    }

    /** The position of the frame of this index. */
    long frameStart(int frame) {
        return frame == 0 ? base : base + ends[frame - 1];
    }

    /** The hash of the key of the frame of this index; 0 when it has none. */
    long frameKey(int frame) {
        return keyHashes[frame];
    }

    /** The publication sequence of the frame of this index. */
    long frameSequence(int frame) {
        return sequences[frame];
    }

    /**
     * The last frame boundary that is at most {@code maxBytes} after {@code from} and not after {@code to}; but at
     * least the end of the first frame, however long it is.
     */
    long boundary(long from, long to, int maxBytes) {
        if (to - from <= maxBytes) {
            return to;
        }
        int count = frames;
        int limit = (int) (from - base) + maxBytes;
        int found = Arrays.binarySearch(ends, 0, count, limit);
        int last = found >= 0 ? found : -found - 2;
        return base + ends[Math.max(last, frameAt(from))];
    }
}
