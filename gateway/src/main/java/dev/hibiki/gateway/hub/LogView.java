package dev.hibiki.gateway.hub;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's view of a {@link TopicLog}. Confined to that loop.
 *
 * <p>It keeps a duplicate of each retained segment. What goes to a socket is a duplicate of that duplicate, so that
 * counting references per delivery touches a counter of this loop alone; the segment's own counter, which all cores
 * share, moves once per loop and segment.
 */
final class LogView {
    private final TopicLog log;
    private Segment[] segments = {};
    private @Nullable ByteBuf[] duplicates = {};
    private long head;

    // The last count, since one sweep asks the same of a thousand sessions.
    private long countedFrom = -1;
    private long countedTo = -1;
    private int counted;

    LogView(TopicLog log) {
        this.log = log;
    }

    /** Moves the view to the log's head, adopts the segments that came and lets go of those that were dropped. */
    void refresh() {
        head = log.head(); // First, so that the segments read next cover it.
        Segment[] current = log.segments();
        if (current == segments) {
            return;
        }
        @Nullable ByteBuf[] adopted = new @Nullable ByteBuf[current.length];
        int old = 0;
        for (int i = 0; i < current.length; i++) {
            while (old < segments.length && segments[old].base < current[i].base) {
                release(old++);
            }
            adopted[i] = old < segments.length ? duplicates[old++] : current[i].acquireView();
        }
        while (old < segments.length) {
            release(old++);
        }
        segments = current;
        duplicates = adopted;
    }

    private void release(int index) {
        ByteBuf duplicate = duplicates[index];
        if (duplicate != null) {
            duplicate.release();
        }
    }

    /** The log's head as of the last refresh. */
    long head() {
        return head;
    }

    /** The oldest position that can still be read here; the head when there is none. */
    long tail() {
        for (int i = 0; i < segments.length; i++) {
            if (duplicates[i] != null) {
                return segments[i].base;
            }
        }
        return head;
    }

    /** The segment that holds the frame at this position, which is at least the tail and less than the head. */
    Segment segmentAt(long position) {
        return segments[indexOf(position)];
    }

    /** The bytes from one frame boundary to another of the same segment. The caller must release the buffer. */
    ByteBuf slice(long from, long to) {
        int index = indexOf(from);
        ByteBuf duplicate = duplicates[index];
        if (duplicate == null) {
            throw new IllegalArgumentException("position " + from + " is before the tail " + tail());
        }
        int offset = (int) (from - segments[index].base);
        return duplicate.retainedDuplicate().setIndex(offset, offset + (int) (to - from));
    }

    /** How many frames lie between two frame boundaries of one segment. */
    int frames(long from, long to) {
        if (from != countedFrom || to != countedTo) {
            Segment segment = segmentAt(from);
            counted = segment.frameAt(to) - segment.frameAt(from);
            countedFrom = from;
            countedTo = to;
        }
        return counted;
    }

    /** The position up to which one write may go: at most {@code maxBytes} and the end of the segment. */
    long boundary(long from, int maxBytes) {
        int index = indexOf(from);
        long to = index + 1 < segments.length ? Math.min(head, segments[index + 1].base) : head;
        return segments[index].boundary(from, to, maxBytes);
    }

    private int indexOf(long position) {
        for (int i = segments.length - 1; i >= 0; i--) {
            if (segments[i].base <= position) {
                return i;
            }
        }
        throw new IllegalArgumentException("position " + position + " is before the tail " + tail());
    }

    /** Lets go of every segment. */
    void close() {
        for (int i = 0; i < segments.length; i++) {
            release(i);
        }
        segments = new Segment[0];
        duplicates = new @Nullable ByteBuf[0];
    }
}
