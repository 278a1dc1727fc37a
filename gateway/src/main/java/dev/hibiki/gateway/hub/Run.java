package dev.hibiki.gateway.hub;

import org.jspecify.annotations.Nullable;

/**
 * The place of a run of whole frames in memory. Mutable and reused: there is one per event loop, so that taking a run
 * allocates nothing. The caller that took it must unpin its segment when the bytes are sent. Confined to that loop.
 */
public final class Run {
    private @Nullable PinnableSegment segment;
    private int offset;
    private int length;

    void set(PinnableSegment pinned, int start, int bytes) {
        segment = pinned;
        offset = start;
        length = bytes;
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
