package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;

/** What is published: an event, or a notice about the stream. */
interface Content {
    /** Appends its frame to {@code out}, which is borrowed. */
    void encode(WireFormat format, ByteBuf out);
}
