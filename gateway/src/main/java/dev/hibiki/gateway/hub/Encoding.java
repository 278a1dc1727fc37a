package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;

/** A wire format and its newest frame, so that an event is encoded once for all logs. Guarded by the hub's lock. */
final class Encoding {
    final WireFormat format;
    private final ByteBuf frame;
    private long encoded;

    /** Takes ownership of the buffer. */
    Encoding(WireFormat format, ByteBuf buffer) {
        this.format = format;
        this.frame = buffer;
    }

    /** The frame of the content that is published with this sequence; borrowed until the next call. */
    ByteBuf frame(Content content, long sequence) {
        if (encoded != sequence) {
            encoded = 0;
            frame.clear();
            content.encode(format, frame);
            encoded = sequence;
        }
        return frame;
    }

    /** The frame in this format for a frame of the plain log; borrowed until the next call. */
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
