package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;

/** Something that is published: an event, or a notice of a gap. */
interface Content {
    /** Appends its frame to {@code out}, which is borrowed. */
    void encode(WireFormat format, ByteBuf out);
}
