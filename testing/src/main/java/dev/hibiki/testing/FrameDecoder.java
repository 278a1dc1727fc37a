package dev.hibiki.testing;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a server's frames and checks every rule of RFC 6455 for their headers. Confined to its connection's thread.
 *
 * <p>Like a browser, and unlike lenient client libraries, it fails at the first violation.
 */
final class FrameDecoder {
    private static final long MAX_PAYLOAD = 16 << 20;

    private final boolean deflateAgreed;
    private boolean inMessage;
    private boolean closed;

    FrameDecoder(boolean deflateAgreed) {
        this.deflateAgreed = deflateAgreed;
    }

    /** The next frame, or null without consuming bytes while it is incomplete. */
    @Nullable Frame decode(ByteBuffer in) {
        if (in.remaining() < 2) {
            return null;
        }
        int start = in.position();
        int first = in.get() & 0xFF;
        int second = in.get() & 0xFF;
        boolean fin = (first & 0x80) != 0;
        int rsv = first >> 4 & 0x7;
        int opcode = first & 0xF;
        rule((second & 0x80) == 0, "A server's frame is masked (section 5.1)");
        checkHeader(fin, rsv, opcode, second & 0x7F);
        long length = readLength(in, second & 0x7F);
        if (length < 0 || in.remaining() < length) {
            in.position(start);
            return null;
        }
        byte[] payload = new byte[(int) length];
        in.get(payload);
        if ((opcode & 0x8) == 0) {
            inMessage = !fin;
        }
        closed = opcode == Frame.CLOSE;
        return new Frame(fin, rsv, opcode, payload);
    }

    /** The length of the payload, or -1 while the header is incomplete. */
    private static long readLength(ByteBuffer in, int shortLength) {
        if (shortLength < 126) {
            return shortLength;
        }
        if (in.remaining() < (shortLength == 126 ? 2 : 8)) {
            return -1;
        }
        long length = shortLength == 126 ? in.getShort() & 0xFFFF : in.getLong();
        rule(
                length >= 0 && length > (shortLength == 126 ? 125 : 0xFFFF),
                "The length is not in its shortest form (section 5.2)");
        rule(length <= MAX_PAYLOAD, "A frame of " + length + " bytes is more than any test expects");
        return length;
    }

    private void checkHeader(boolean fin, int rsv, int opcode, int shortLength) {
        rule(!closed, "Something follows a Close frame (section 5.5.1)");
        boolean control = (opcode & 0x8) != 0;
        rule((opcode & 0x7) <= 2, "Opcode " + opcode + " is reserved (section 5.2)");
        if (control) {
            rule(fin, "A control frame is fragmented (section 5.5)");
            rule(shortLength <= Frame.MAX_CONTROL_PAYLOAD, "A control frame has more than 125 bytes (section 5.5)");
        } else {
            rule(
                    (opcode == Frame.CONTINUATION) == inMessage,
                    "A message begins or continues out of turn (section 5.4)");
        }
        boolean mayBeDeflated = deflateAgreed && !control && opcode != Frame.CONTINUATION;
        rule(
                rsv == 0 || (rsv == Frame.RSV1 && mayBeDeflated),
                "A reserved bit is set without an extension for it (section 5.2)");
    }

    private static void rule(boolean kept, String breach) {
        if (!kept) {
            throw new ProtocolViolationException(breach);
        }
    }
}
