package dev.hibiki.gateway.hub;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A run of a {@link TopicLog}: one direct buffer of whole frames, and where each of them ends.
 *
 * <p>Written by the log's one writer. Read from any thread, but only up to a head position that the reader got from the
 * log: that volatile read is what makes the bytes and the index below it visible. The segment counts who uses it (the
 * log, and readers while they take a view), because its buffer object is recycled once released: a late reader could
 * otherwise retain a stranger's buffer.
 */
final class Segment {
    private static final int INITIAL_FRAMES = 64;

    /** The position in the log of this segment's first byte. */
    final long base;
    /** The sequence of the last frame before this segment; what the log began after when there is none. */
    final long sequenceBefore;

    private final ByteBuf buffer;
    private final AtomicInteger users = new AtomicInteger(1);
    // The count is written last and read first: whoever sees a frame counted sees its entries.
    private volatile int frames;
    private int[] ends = new int[INITIAL_FRAMES];
    private long[] sequences = new long[INITIAL_FRAMES];

    /** Called with each frame, lent, and its sequence. */
    interface FrameVisitor {
        void visit(ByteBuf frame, long sequence);
    }

    /** Takes ownership of the buffer. */
    Segment(long base, long sequenceBefore, ByteBuf buffer) {
        this.base = base;
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
    void append(ByteBuf frame, long sequence) {
        buffer.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
        int index = frames;
        if (index == ends.length) {
            ends = Arrays.copyOf(ends, 2 * index);
            sequences = Arrays.copyOf(sequences, 2 * index);
        }
        ends[index] = buffer.writerIndex();
        sequences[index] = sequence;
        frames = index + 1;
    }

    /** The position after this segment's last frame. Exact for a segment that is no longer written to. */
    long end() {
        return base + buffer.writerIndex();
    }

    /** A duplicate that the caller must release, or null when the log and all readers have let go of this segment. */
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
            visitor.visit(view.slice(start, ends[i] - start), sequences[i]);
            start = ends[i];
        }
    }

    /** The position after the frame of this index. */
    long frameEnd(int frame) {
        return base + ends[frame];
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
