package dev.hibiki.gateway.wire;

import dev.hibiki.gateway.event.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/**
 * Uncompressed WebSocket frames (RFC 6455, section 5.2). Frames from a server carry no mask (section 5.1), so one frame
 * serves every client.
 */
public final class WebSocketFormat implements WireFormat {
    private static final int FIN = 0x80;
    /** Set in the first frame of a message that permessage-deflate has compressed (RFC 7692, section 6). */
    static final int RSV1 = 0x40;

    static final int TEXT = 0x1;
    private static final int CLOSE = 0x8;
    private static final int PING = 0x9;
    private static final int PONG = 0xA;

    private static final int MAX_7_BIT_LENGTH = 125;
    private static final int LENGTH_IS_16_BIT = 126;
    private static final int LENGTH_IS_64_BIT = 127;

    /** The longest payload of a control frame, in bytes (section 5.5). */
    public static final int MAX_CONTROL_BYTES = 125;

    /** The longest header of a frame without a mask, in bytes (section 5.2). */
    public static final int MAX_HEADER_BYTES = 10;

    @Override
    public void encode(Event event, ByteBuf out) {
        writeText(event.json(), out);
    }

    @Override
    public boolean readsPlainFrames() {
        return true;
    }

    /** Appends a text message of these bytes, which are lent, and valid UTF-8. */
    public static void writeText(byte[] utf8, ByteBuf out) {
        writeHeader(TEXT, utf8.length, out);
        out.writeBytes(utf8);
    }

    /** Copies the payload of a frame that {@link #writeText} made; the frame is borrowed, its indices stay. */
    public static byte[] payload(ByteBuf frame) {
        int start = frame.readerIndex();
        int length = frame.getByte(start + 1);
        int header = 2 + (length == LENGTH_IS_16_BIT ? Short.BYTES : length == LENGTH_IS_64_BIT ? Long.BYTES : 0);
        return ByteBufUtil.getBytes(frame, start + header, frame.readableBytes() - header);
    }

    /** Appends a ping without payload: what it measures is that a pong comes at all. */
    public static void writePing(ByteBuf out) {
        writeHeader(PING, 0, out);
    }

    /** Appends the pong that answers a ping of this payload, which is borrowed: at most {@link #MAX_CONTROL_BYTES}. */
    public static void writePong(ByteBuf pingPayload, ByteBuf out) {
        writeHeader(PONG, pingPayload.readableBytes(), out);
        out.writeBytes(pingPayload, pingPayload.readerIndex(), pingPayload.readableBytes());
    }

    /** Appends a close frame (section 5.5.1). The reason is ASCII, at most {@link #MAX_CONTROL_BYTES} less two bytes. */
    public static void writeClose(int code, String reason, ByteBuf out) {
        writeHeader(CLOSE, Short.BYTES + reason.length(), out);
        out.writeShort(code);
        for (int i = 0; i < reason.length(); i++) {
            out.writeByte(reason.charAt(i));
        }
    }

    /** Appends the header of a message of one frame; RSV1 may be set along with the opcode. */
    static void writeHeader(int opcode, int payloadBytes, ByteBuf out) {
        out.writeByte(FIN | opcode);
        if (payloadBytes <= MAX_7_BIT_LENGTH) {
            out.writeByte(payloadBytes);
        } else if (payloadBytes <= 0xFFFF) {
            out.writeByte(LENGTH_IS_16_BIT).writeShort(payloadBytes);
        } else {
            out.writeByte(LENGTH_IS_64_BIT).writeLong(payloadBytes);
        }
    }
}
