package dev.hibiki.gateway.frame;

import dev.hibiki.gateway.event.Event;
import io.netty.buffer.ByteBuf;

/** How an event looks on the wire: the same bytes for every client that speaks this format. */
public interface WireFormat {
    /** Appends the complete frame to {@code out}, which is borrowed. */
    void encode(Event event, ByteBuf out);
}
