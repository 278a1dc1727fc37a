package dev.hibiki.testing;

import java.nio.ByteBuffer;

/**
 * The end of a connection as a browser reports it: the code and reason of the server's Close frame. The code is 1005 for a Close without a code,
 * and 1006 for an end without a Close, with the cause as the reason. Immutable.
 */
public record Closure(int code, String reason) {
    public static final int NO_STATUS = 1005;
    public static final int ABNORMAL = 1006;

    static Closure abnormal(String whatHappened) {
        return new Closure(ABNORMAL, whatHappened);
    }

    static Closure of(Frame close) {
        byte[] payload = close.payload();
        if (payload.length == 0) {
            return new Closure(NO_STATUS, "");
        }
        if (payload.length == 1) {
            throw new ProtocolViolationException("A Close frame has one byte of payload (section 5.5.1)");
        }
        int code = ByteBuffer.wrap(payload).getShort() & 0xFFFF;
        boolean assigned = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
        if (!assigned && (code < 3000 || code > 4999)) {
            throw new ProtocolViolationException("A Close frame has code " + code + " (section 7.4)");
        }
        return new Closure(code, Frame.utf8(ByteBuffer.wrap(payload, 2, payload.length - 2)));
    }

    /** Whether the server sent a Close frame. */
    public boolean isClean() {
        return code != ABNORMAL;
    }
}
