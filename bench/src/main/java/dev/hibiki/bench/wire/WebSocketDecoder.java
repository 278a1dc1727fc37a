package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;

/**
 * Walks server frames (RFC 6455, section 5.2) by their headers and leaves the payloads where they are. Confined to its
 * connection's loop.
 *
 * <p>A frame that can never fit into the buffer is reported with the part that is there; the rest is skipped.
 */
public final class WebSocketDecoder implements StreamDecoder {
    private static final int FIN_AND_RSV = 0xF0;
    private static final int RSV1 = 0x40;
    private static final int CONTINUATION = 0;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int NO_CODE = 1005;

    private final int maxFrameBytes;
    private long bytesToSkip;

    /** Frames longer than {@code maxFrameBytes} are cut short. */
    public WebSocketDecoder(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    @Override
    public int decode(ByteBuffer in, int from, int to, MessageSink sink) throws ProtocolException {
        int position = from;
        if (bytesToSkip > 0) {
            int skipped = (int) Math.min(bytesToSkip, to - from);
            bytesToSkip -= skipped;
            position += skipped;
        }
        while (to - position >= 2) {
            int first = in.get(position) & 0xFF;
            int second = in.get(position + 1);
            if (second < 0) {
                throw new ProtocolException("the server sent a masked frame");
            }
            long length = second;
            int header = 2;
            if (length == 126) {
                header = 4;
                if (to - position < header) {
                    break;
                }
                length = in.getShort(position + 2) & 0xFFFF;
            } else if (length == 127) {
                header = 10;
                if (to - position < header) {
                    break;
                }
                length = in.getLong(position + 2);
            }
            int payload = position + header;
            if (length > to - payload) {
                if (header + length <= maxFrameBytes) {
                    break;
                }
                dispatch(first, in, payload, to, sink);
                bytesToSkip = length - (to - payload);
                return to;
            }
            position = payload + (int) length;
            dispatch(first, in, payload, position, sink);
        }
        return position;
    }

    private static void dispatch(int first, ByteBuffer in, int from, int to, MessageSink sink)
            throws ProtocolException {
        int opcode = first & ~FIN_AND_RSV;
        switch (opcode) {
            case 1, 2 -> sink.onMessage(in, from, to, (first & RSV1) != 0);
            case PING -> sink.onPing(in, from, to);
            case CLOSE -> sink.onClose(to - from >= 2 ? in.getShort(from) & 0xFFFF : NO_CODE);
            case CONTINUATION, PONG -> {}
            default -> throw new ProtocolException("the server sent a frame of unknown opcode " + opcode);
        }
    }
}
