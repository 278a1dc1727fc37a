package dev.hibiki.gateway.wire;

import dev.hibiki.gateway.event.Event;
import io.netty.buffer.ByteBuf;

/** How an event looks on the wire: the same bytes for every client that speaks this format. Called by one thread at a time. */
public interface WireFormat {
    /** Appends the complete frame to {@code out}, which is borrowed. */
    void encode(Event event, ByteBuf out);

    /**
     * Appends the frame of an earlier event or notice, of which only the plain frame is left: a log in this format begins
     * with what the plain log retains. Formats of which the plain frame is a valid frame need not do better.
     *
     * @param plainFrame one frame as {@link WebSocketFormat} made it; borrowed, its indices stay
     * @param notice true when {@link #encodeGap} made it
     * @param out borrowed
     */
    default void reencode(ByteBuf plainFrame, boolean notice, ByteBuf out) {
        out.writeBytes(plainFrame, plainFrame.readerIndex(), plainFrame.readableBytes());
    }

    /**
     * Appends the notice that events of a channel are lost.
     *
     * @param missed how many; -1 when nobody knows
     * @param out borrowed
     */
    default void encodeGap(String channel, long missed, ByteBuf out) {
        WebSocketFormat.writeText(ControlMessages.gap(channel, missed), out);
    }
}
