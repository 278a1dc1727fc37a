package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** A wire format and its newest frame, so that an event is encoded once for all logs. Guarded by the hub's lock. */
final class Encoding {
    final WireFormat format;
    private final ByteBuf frame;
    private long encoded;
    private @Nullable ByteBuf shared;
    private long sharedNumber;

    /** Something that is published: an event, or a notice of a gap. */
    interface Content {
        /** Appends its frame to {@code out}, which is borrowed. */
        void encode(WireFormat format, ByteBuf out);
    }

    /** Takes ownership of the buffer. */
    Encoding(WireFormat format, ByteBuf buffer) {
        this.format = format;
        this.frame = buffer;
    }

    /**
     * The frame of a content; borrowed until the next call.
     *
     * @param number that of the content, never 0: it is encoded once
     */
    ByteBuf frame(Content content, long number) {
        if (encoded != number) {
            encode(content);
            encoded = number;
        }
        return frame;
    }

    /** The frame of a content for one log; borrowed until the next call. */
    ByteBuf encode(Content content) {
        encoded = 0;
        frame.clear();
        content.encode(format, frame);
        return frame;
    }

    /**
     * The same as {@link #frame} in a direct buffer that fits, for logs that share it. Borrowed until the next call; who
     * needs it longer retains it.
     */
    ByteBuf sharedFrame(Content content, long number, LogMemory memory) {
        ByteBuf last = shared;
        if (last != null && sharedNumber == number) {
            return last;
        }
        ByteBuf own = frame(content, number);
        releaseShared();
        ByteBuf added = memory.allocate(own.readableBytes()).writeBytes(own, own.readerIndex(), own.readableBytes());
        shared = added;
        sharedNumber = number;
        return added;
    }

    private void releaseShared() {
        if (shared != null) {
            shared.release();
            shared = null;
        }
    }

    void close() {
        frame.release();
        releaseShared();
    }
}
