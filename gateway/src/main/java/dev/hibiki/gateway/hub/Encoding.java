package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;

/** One wire format with the frame it made last, so that an event is encoded once for all logs. Guarded by the hub. */
final class Encoding {
    final WireFormat format;
    private final ByteBuf frame;
    private long encoded;

    /** Takes ownership of the buffer. */
    Encoding(WireFormat format, ByteBuf buffer) {
        this.format = format;
        this.frame = buffer;
    }

    /** The frame of what is published with this sequence; lent until the next call. */
    ByteBuf frame(Content content, long sequence) {
        if (encoded != sequence) {
            encoded = 0;
            frame.clear();
            content.encode(format, frame);
            encoded = sequence;
        }
        return frame;
    }

    /** The frame of what the plain log retains; lent until the next call. */
    ByteBuf reencode(ByteBuf plainFrame, boolean control) {
        encoded = 0;
        frame.clear();
        format.reencode(plainFrame, control, frame);
        return frame;
    }

    void close() {
        frame.release();
    }
}
