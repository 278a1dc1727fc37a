package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.frame.WireFormat;
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

    /** The event's frame; lent until the next call. */
    ByteBuf frame(Event event, long sequence) {
        if (encoded != sequence) {
            encoded = 0;
            frame.clear();
            format.encode(event, frame);
            encoded = sequence;
        }
        return frame;
    }

    /** The frame of an event that the plain log retains; lent until the next call. */
    ByteBuf reencode(ByteBuf plainFrame) {
        encoded = 0;
        frame.clear();
        format.reencode(plainFrame, frame);
        return frame;
    }

    void close() {
        frame.release();
    }
}
