package dev.hibiki.gateway.wire;

import dev.hibiki.gateway.event.Event;
import io.netty.buffer.ByteBuf;

/**
 * Frames events for clients: the same bytes for every client that has this format. The hub calls {@link #encode} of
 * one object from one thread at a time, and once for each event, however many clients there are.
 */
public interface WireFormat {
    /** Appends the complete frame to {@code out}, which is borrowed. */
    void encode(Event event, ByteBuf out);

    /**
     * True when clients of this format also understand the frames of {@link WebSocketFormat}: events that are older than the
     * first client of this format are then sent as they are. Otherwise they are {@linkplain #reencode encoded again}.
     */
    default boolean readsPlainFrames() {
        return false;
    }

    /**
     * Appends the frame of an earlier event or gap notice, of which the hub has only the plain frame. Called for each client
     * that reads such events, by any thread, and by several at once. The default copies the plain frame.
     *
     * @param plainFrame one frame of {@link WebSocketFormat}; {@link WebSocketFormat#payload} reads it. Borrowed; its
     *     indices stay
     * @param notice true for a frame of {@link #encodeGap}
     * @param out borrowed
     */
    default void reencode(ByteBuf plainFrame, boolean notice, ByteBuf out) {
        out.writeBytes(plainFrame, plainFrame.readerIndex(), plainFrame.readableBytes());
    }

    /**
     * Appends the notice that events of a channel are lost. The default is a text message, {@link ControlMessages#gap}.
     *
     * @param missed how many events; -1 when the number is unknown
     * @param out borrowed
     */
    default void encodeGap(String channel, long missed, ByteBuf out) {
        WebSocketFormat.writeText(ControlMessages.gap(channel, missed), out);
    }

    /** Frees memory outside of the heap. Called once, after the last event. */
    default void close() {}
}
