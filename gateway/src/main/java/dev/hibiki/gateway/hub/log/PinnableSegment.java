package dev.hibiki.gateway.hub.log;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.Buffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Segment} as one event loop holds it. Confined to that loop.
 *
 * <p>The loop releases it when the log has dropped the segment and nothing is pinned any more. Pins are counted for this
 * loop alone; the shared counter of the segment changes only once per loop.
 */
public final class PinnableSegment {
    private final @Nullable Segment segment;
    private final ByteBuf duplicate;
    private final long address;
    private int pins;
    private boolean dropped;

    /** Takes ownership of bytes that belong to no log: they are released when nothing is pinned any more. */
    static PinnableSegment ofBytes(ByteBuf bytes) {
        PinnableSegment segment = new PinnableSegment(null, bytes);
        segment.dropped = true;
        return segment;
    }

    /** Takes ownership of the duplicate. */
    PinnableSegment(@Nullable Segment segment, ByteBuf duplicate) {
        this.segment = segment;
        this.duplicate = duplicate;
        this.address = duplicate.hasMemoryAddress()
                ? duplicate.memoryAddress()
                : Buffer.memoryAddress(duplicate.internalNioBuffer(0, duplicate.capacity()));
    }

    /** The part of the log. */
    public Segment segment() {
        return Objects.requireNonNull(segment);
    }

    long base() {
        return segment().base;
    }

    /** A buffer of these bytes, which the caller must release. */
    ByteBuf slice(int offset, int length) {
        return duplicate.retainedDuplicate().setIndex(offset, offset + length);
    }

    void pin() {
        pins++;
    }

    /** The memory address of the byte at this offset. Valid while the segment is pinned. */
    public long address(int offset) {
        return address + offset;
    }

    /** Ends one pin. */
    public void unpin() {
        pins--;
        releaseIfDone();
    }

    /** The log has dropped the segment. */
    void drop() {
        dropped = true;
        releaseIfDone();
    }

    private void releaseIfDone() {
        if (dropped && pins == 0) {
            duplicate.release();
        }
    }
}
