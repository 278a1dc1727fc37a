package dev.hibiki.gateway.wire;

/**
 * The reasons for which the gateway ends a session, as the client is told: RFC 6455, section 7.4, and the private range.
 * Codes from 4000 to 4099 mean "do not come back", 4100 to 4199 mean "come back". This is the only table in the code;
 * docs/protocol.md shows it.
 *
 * <p>Each constant names the code that decides it. The log line {@code Session closed} has the code and the reason. A line
 * without a code has one of these reasons: {@code gone} (the socket failed or was closed), {@code dead}
 * ({@code session.HeartbeatWheel}), {@code stalled} ({@code session.SlowReaders}), {@code cut off}
 * ({@code SessionLoop.abortAll}), {@code error} ({@code Session.exceptionCaught}). With the reason {@code client}, the code
 * is that of the client's own close frame.
 */
public enum CloseCode {
    /** The answer to a close frame without a code: {@code ws.WebSocketProtocol.writeEnd}. */
    NORMAL(1000, "bye", true),
    /** The gateway ends, and drains without a pace: {@code drain.Drain}. */
    GOING_AWAY(1001, "server going away", true),
    /** A frame breaks RFC 6455: {@code ws.WebSocketProtocol.closeCode}. */
    PROTOCOL_ERROR(1002, "protocol error", false),
    /** A text message is not UTF-8: {@code ws.WebSocketProtocol.closeCode}. */
    INVALID_PAYLOAD(1007, "invalid UTF-8", false),
    /**
     * Too many messages of the client: {@code session.SessionLoop.closeIfTooManyMessages}; or too many answers that it
     * does not read: {@code ws.HibikiV1Protocol.answer}.
     */
    POLICY(1008, "policy violation", false),
    /** A message of the client exceeds the limit: {@code ws.WebSocketProtocol.closeCode}. */
    TOO_BIG(1009, "message too big", false),
    /** The gateway ends, and drains at a pace: {@code drain.DrainPacer}. A client that connects then: {@code edge.Refusal}. */
    RESTARTING(1012, "server restarting", true),
    /** Too many handshakes, or the keys of the token are being fetched: {@code edge.Admission}. */
    OVERLOADED(1013, "overloaded: too many new clients at once", true),
    /**
     * The address asks for what there is not, or for too much: {@code session.Selection}. It will not be right at the next
     * attempt either.
     */
    BAD_REQUEST(4000, "bad request", false),
    /**
     * The token is not valid: {@code edge.Admission.authenticate} for a new client, {@code ws.HibikiV1Protocol.onMessage}
     * for a renewal.
     */
    BAD_TOKEN(4001, "bad token", false),
    /** The token does not allow the channel or region: {@code session.Permission}. */
    FORBIDDEN(4003, "forbidden", false),
    /** The client was too slow and its policy is to close: {@code session.SlowReaders.onOverrun}. */
    LAGGED(4100, "lagged: too slow for the events retained", true),
    /** The token has expired and was not renewed: {@code session.Grants.endExpired}. */
    TOKEN_EXPIRED(4101, "token expired", true);

    private final int code;
    private final String reason;
    private final boolean mayReconnect;

    CloseCode(int code, String reason, boolean mayReconnect) {
        this.code = code;
        this.reason = reason;
        this.mayReconnect = mayReconnect;
    }

    public int code() {
        return code;
    }

    /** ASCII, short enough for a close frame. */
    public String reason() {
        return reason;
    }

    /** Whether a client does well to connect again, after a jittered delay. */
    public boolean mayReconnect() {
        return mayReconnect;
    }
}
