package dev.hibiki.bench.client;

import java.nio.ByteBuffer;

/** A client's control frames. The masking key is zero, which leaves the payload as it is. */
final class ControlFrames {
    /** RFC 6455, section 7.4.1: the connection ended without a close frame. */
    static final int ABNORMAL = 1006;

    private static final int HEADER_BYTES = 6;

    private ControlFrames() {}

    static ByteBuffer pong(ByteBuffer ping, int from, int to) {
        int length = Math.min(to - from, 125);
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + length);
        frame.put((byte) 0x8A).put((byte) (0x80 | length)).putInt(0);
        frame.put(ping.slice(from, length));
        return frame.flip();
    }

    static ByteBuffer close(int code) {
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + 2);
        return frame.put((byte) 0x88)
                .put((byte) 0x82)
                .putInt(0)
                .putShort((short) code)
                .flip();
    }
}
