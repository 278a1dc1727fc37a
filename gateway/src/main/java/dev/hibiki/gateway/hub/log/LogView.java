package dev.hibiki.gateway.hub.log;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** A {@link TopicLog} as one event loop sees it: the segments that the loop holds, up to a head. Confined to that loop. */
public final class LogView {
    private static final @Nullable PinnableSegment[] NONE = {};
    private static final Segment[] NO_SEGMENTS = {};

    private final TopicLog log;
    private Segment[] adopted = NO_SEGMENTS;
    /** Parallel to {@code adopted}; null where the log dropped a segment before this loop could hold it. */
    private @Nullable PinnableSegment[] segments = NONE;

    private long head;
    private long tail;

    // The last count. In one sweep, a thousand sessions ask for the same one.
    private long countedFrom = -1;
    private long countedTo = -1;
    private int counted;

    public LogView(TopicLog log) {
        this.log = log;
    }

    /** Moves the view to the log's head, holds the new segments and releases those that the log has dropped. */
    public void refresh() {
        follow(log.head(), log.segments()); // This reads the head first, so that the segments cover it.
    }

    /**
     * Moves the view to what the log had at two moments. The writer may have worked between the two, and since.
     *
     * @param logHead the log's head at the first moment
     * @param current the log's segments at the second moment
     */
    void follow(long logHead, Segment[] current) {
        if (current != adopted) {
            adopt(current);
            // The log may have begun segments after the view read the log's head. The log publishes all bytes before
            // it begins a segment, so the head is at least there; otherwise the tail could be beyond the head. While
            // these segments stay adopted, each head that the view reads is at least there as well.
            head = current.length == 0 ? logHead : Math.max(logHead, current[current.length - 1].base);
            tail = firstWithoutHole(segments);
        } else {
            head = logHead;
        }
    }

    /** Holds what is new before it lets go of what is old: without memory for that, the view stays as it is. */
    private void adopt(Segment[] current) {
        @Nullable PinnableSegment[] next = new @Nullable PinnableSegment[current.length];
        int first = 0; // The oldest segment that this view has and the log has not dropped.
        while (first < adopted.length && (current.length == 0 || adopted[first].base < current[0].base)) {
            first++;
        }
        int kept = adopted.length - first;
        System.arraycopy(segments, first, next, 0, kept);
        try {
            for (int i = kept; i < current.length; i++) {
                next[i] = hold(current[i]);
            }
        } catch (RuntimeException | Error e) {
            for (int i = kept; i < current.length; i++) {
                drop(next[i]);
            }
            throw e;
        }
        for (int i = 0; i < first; i++) {
            drop(segments[i]);
        }
        adopted = current;
        segments = next;
    }

    /** A segment before one that is missing here is of no use, because nobody can read on from it. */
    private long firstWithoutHole(@Nullable PinnableSegment[] held) {
        long base = head;
        for (int i = held.length - 1; i >= 0; i--) {
            PinnableSegment segment = held[i];
            if (segment == null) {
                break;
            }
            base = segment.base();
        }
        return base;
    }

    private static @Nullable PinnableSegment hold(Segment segment) {
        ByteBuf duplicate = segment.acquireView();
        if (duplicate == null) {
            return null;
        }
        try {
            return new PinnableSegment(segment, duplicate);
        } catch (RuntimeException | Error e) {
            duplicate.release();
            throw e;
        }
    }

    private static void drop(@Nullable PinnableSegment dropped) {
        if (dropped != null) {
            dropped.drop();
        }
    }

    /** The log's head as of the last refresh. */
    public long head() {
        return head;
    }

    /** True when the log itself has moved past this position, whether this view has followed or not. */
    public boolean hasBeyond(long position) {
        return position < log.head();
    }

    /** The position from which everything up to the head can be read here; the head when nothing can. */
    public long tail() {
        return tail;
    }

    /**
     * The position after everything up to this sequence, which must have been published before the last refresh.
     *
     * @return -1 when frames after it are gone
     */
    public long positionAfter(long sequence) {
        for (int i = adopted.length - 1; i >= 0 && segments[i] != null; i--) {
            if (adopted[i].sequenceBefore <= sequence) {
                return adopted[i].positionAfter(sequence);
            }
        }
        return adopted.length == 0 && log.firstSequence() <= sequence ? head : -1;
    }

    /** The sequence of the frame that ends at this position, or what the log knew before its first frame. */
    public long sequenceBefore(long position) {
        if (adopted.length == 0) {
            return log.firstSequence();
        }
        Segment segment = adopted[indexOf(position)];
        int frame = segment.frameAt(position);
        return frame == 0 ? segment.sequenceBefore : segment.frameSequence(frame - 1);
    }

    /** True when there is a control frame at or after this position, as of the last refresh. */
    public boolean hasControlFrom(long position) {
        for (Segment segment : adopted) {
            if (segment.nextControl(position) < head) {
                return true;
            }
        }
        return false;
    }

    /** How many frames the log had before this position, which is at least the tail and a frame's boundary. */
    public long framesBefore(long position) {
        if (adopted.length == 0) {
            return 0;
        }
        Segment segment = adopted[indexOf(position)];
        return segment.framesBefore + segment.frameAt(position);
    }

    /** How many frames the log had before the head; the low 32 bits. */
    public int framesUpToHead() {
        return (int) framesBefore(head);
    }

    /** The segment that holds the frame at this position, which is at least the tail and less than the head. */
    public PinnableSegment segmentAt(long position) {
        PinnableSegment segment = segments[indexOf(position)];
        if (segment == null) {
            throw new IllegalArgumentException("position " + position + " is before the tail " + tail());
        }
        return segment;
    }

    /** The bytes from one frame boundary to another of the same segment. The caller must release the buffer. */
    public ByteBuf slice(long from, long to) {
        PinnableSegment segment = segmentAt(from);
        return segment.slice((int) (from - segment.base()), (int) (to - from));
    }

    /** How many frames lie between two frame boundaries of one segment. */
    public int frames(long from, long to) {
        if (from != countedFrom || to != countedTo) {
            Segment segment = segmentAt(from).segment();
            counted = segment.frameAt(to) - segment.frameAt(from);
            countedFrom = from;
            countedTo = to;
        }
        return counted;
    }

    /** The position up to which one write may go: at most {@code maxBytes} and the end of the segment. */
    public long boundary(long from, int maxBytes) {
        int index = indexOf(from);
        long to = index + 1 < adopted.length ? Math.min(head, adopted[index + 1].base) : head;
        return adopted[index].boundary(from, to, maxBytes);
    }

    private int indexOf(long position) {
        for (int i = adopted.length - 1; i >= 0; i--) {
            if (adopted[i].base <= position) {
                return i;
            }
        }
        throw new IllegalArgumentException("position " + position + " is before the tail " + tail());
    }

    /** Releases every segment; a pinned one when its last pin ends. */
    public void close() {
        for (PinnableSegment segment : segments) {
            drop(segment);
        }
        adopted = NO_SEGMENTS;
        segments = NONE;
    }
}
