package dev.hibiki.gateway.hub.log;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The place of a run of whole frames in memory. Mutable and reused: there is one per event loop, so that taking a run
 * allocates nothing. The caller that took it must unpin its segment when the bytes are sent. Confined to that loop.
 */
public final class Run {
    private @Nullable PinnableSegment segment;
    private int offset;
    private int length;

    /** Pins a segment, and takes the bytes between these positions of the log. */
    public void set(PinnableSegment from, long start, long end) {
        from.pin();
        segment = from;
        offset = (int) (start - from.base());
        length = (int) (end - start);
    }

    /** Takes ownership of bytes that belong to no log. */
    public void set(ByteBuf bytes) {
        PinnableSegment own = PinnableSegment.ofBytes(bytes);
        own.pin();
        segment = own;
        offset = bytes.readerIndex();
        length = bytes.readableBytes();
    }

    /** The pinned segment. */
    public PinnableSegment segment() {
        PinnableSegment pinned = segment;
        if (pinned == null) {
            throw new IllegalStateException("no run was taken");
        }
        return pinned;
    }

    /** The offset of the first byte in the segment. */
    public int offset() {
        return offset;
    }

    /** In bytes. */
    public int length() {
        return length;
    }
}
