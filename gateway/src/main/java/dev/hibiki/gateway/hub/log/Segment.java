package dev.hibiki.gateway.hub.log;

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
public final class Segment {
    private static final int MAX_INITIAL_FRAMES = 64;
    /** A guess that suits small events; the index grows when they are smaller. */
    private static final int BYTES_PER_FRAME = 256;

    /** What a segment takes of the heap beside its index, with the views of a few loops. */
    private static final int OBJECT_BYTES = 256;

    private static final int[] NONE = {};
    private static final long[] NO_KEYS = {};

    /** The position in the log of this segment's first byte. */
    final long base;
    /** How many frames the log had before this segment. */
    final long framesBefore;
    /** The sequence of the last frame before this segment; without one, the sequence after which the log began. */
    final long sequenceBefore;

    private final ByteBuf buffer;
    private final LogMemory memory;
    /** How many bytes of the buffer count for the log: none when several logs share it. */
    private final int countedBytes;

    private final AtomicInteger users = new AtomicInteger(1);
    // The count is written last and read first, so a reader that sees a frame counted also sees its entries.
    private volatile int frames;
    private volatile int[] ends; // The arrays are volatile since others replace them while loops read.
    /** Each as the distance from {@link #sequenceBefore}. */
    private volatile int[] sequences;
    /** Empty until a frame has a key. */
    private volatile long[] keyHashes = NO_KEYS;
    /** The offsets of the control frames, which are rare. */
    private volatile int[] controls = NONE;

    /**
     * Takes ownership of the buffer.
     *
     * @param countedBytes how much of it counts as memory of the log
     */
    Segment(long base, long framesBefore, long sequenceBefore, ByteBuf buffer, int countedBytes, LogMemory memory) {
        this.base = base;
        this.framesBefore = framesBefore;
        this.sequenceBefore = sequenceBefore;
        this.buffer = buffer;
        this.countedBytes = countedBytes;
        this.memory = memory;
        int expected = Math.max(1, Math.min(MAX_INITIAL_FRAMES, buffer.capacity() / BYTES_PER_FRAME));
        this.ends = new int[expected];
        this.sequences = new int[expected];
        memory.countSegments(countedBytes);
        memory.countHeap(indexBytes());
    }

    private long indexBytes() {
        return OBJECT_BYTES
                + (long) Integer.BYTES * (ends.length + sequences.length)
                + (long) Long.BYTES * keyHashes.length;
    }

    boolean hasRoomFor(int bytes, long sequence) {
        return buffer.writableBytes() >= bytes && sequence - sequenceBefore <= Integer.MAX_VALUE;
    }

    int capacity() {
        return buffer.capacity();
    }

    /**
     * Appends one frame, which is borrowed. Writer only; not visible to readers until the log's head moves. Without memory for
     * its index, it appends nothing.
     */
    void append(ByteBuf frame, Stamp stamp) {
        int start = buffer.writerIndex();
        reserve(stamp, start);
        buffer.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
        index(stamp);
    }

    /** Indexes the one frame of a buffer that came full. Writer only. */
    void indexWhole(Stamp stamp) {
        reserve(stamp, 0);
        index(stamp);
    }

    /** Allocates all that {@link #index} needs for the next frame, which begins here. */
    private void reserve(Stamp stamp, int start) {
        if (frames == ends.length) {
            resize(2 * frames);
        }
        if (stamp.keyHash() != 0 && keyHashes.length == 0) {
            keyHashes = new long[ends.length];
            memory.countHeap((long) Long.BYTES * ends.length);
        }
        if (stamp.control()) {
            int[] starts = Arrays.copyOf(controls, controls.length + 1);
            starts[starts.length - 1] = start;
            controls = starts;
        }
    }

    private void index(Stamp stamp) {
        int index = frames;
        if (stamp.keyHash() != 0) {
            keyHashes[index] = stamp.keyHash();
        }
        ends[index] = buffer.writerIndex();
        sequences[index] = (int) (stamp.sequence() - sequenceBefore);
        frames = index + 1;
    }

    private void resize(int entries) {
        long before = indexBytes();
        int[] newEnds = Arrays.copyOf(ends, entries);
        int[] newSequences = Arrays.copyOf(sequences, entries);
        keyHashes = keyHashes.length == 0 ? NO_KEYS : Arrays.copyOf(keyHashes, entries);
        ends = newEnds;
        sequences = newSequences;
        memory.countHeap(indexBytes() - before);
    }

    /** Nothing more will be appended: keeps no room in the index. Writer only. */
    void seal() {
        if (frames < ends.length) {
            resize(frames);
        }
    }

    /** The log gives this segment up. Writer only. */
    void drop() {
        memory.countSegments(-countedBytes);
        memory.countHeap(-indexBytes());
        release();
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
        try {
            return buffer.retainedDuplicate();
        } finally {
            release();
        }
    }

    private void release() {
        if (users.decrementAndGet() == 0) {
            buffer.release();
        }
    }

    /** The index of the frame that starts at this position, or of the next one to come. */
    public int frameAt(long position) {
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

    /** Where the first control frame at or after this position starts; {@link Long#MAX_VALUE} when there is none. */
    public long nextControl(long position) {
        int[] starts = controls;
        if (starts.length == 0) {
            return Long.MAX_VALUE;
        }
        int found = Arrays.binarySearch(starts, (int) Math.max(-1, position - base));
        int next = found >= 0 ? found : -found - 1;
        return next == starts.length ? Long.MAX_VALUE : base + starts[next];
    }

    /** How many frames the log has up to this segment's end. Writer only, unless the segment is no longer written to. */
    long framesUpToEnd() {
        return framesBefore + frames;
    }

    /** The position after the last frame whose sequence is at most this one; the start when there is none. */
    long positionAfter(long sequence) {
        int count = frames;
        long distance = Math.min(Integer.MAX_VALUE, sequence - sequenceBefore);
        int found = distance < 0 ? -1 : Arrays.binarySearch(sequences, 0, count, (int) distance);
        int after = found >= 0 ? found + 1 : -found - 1;
        return after == 0 ? base : base + ends[after - 1];
    }

    /** The position after the frame of this index. */
    public long frameEnd(int frame) {
        return base + ends[frame];
    }

    /** The position of the frame of this index. */
    public long frameStart(int frame) {
        return frame == 0 ? base : base + ends[frame - 1];
    }

    /** The hash of the key of the frame of this index; 0 when it has none. */
    public long frameKey(int frame) {
        long[] keys = keyHashes;
        return frame < keys.length ? keys[frame] : 0;
    }

    /** The publication sequence of the frame of this index. */
    public long frameSequence(int frame) {
        return sequenceBefore + sequences[frame];
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
