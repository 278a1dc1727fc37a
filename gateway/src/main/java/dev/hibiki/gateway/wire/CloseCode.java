package dev.hibiki.gateway.wire;

/**
 * Why a session ended, as the client is told: RFC 6455, section 7.4, and the private range. The one table in the code;
 * README.md shows it. Codes from 4000 to 4099 mean "do not come back", 4100 to 4199 mean "come back".
 */
public enum CloseCode {
    NORMAL(1000, "bye", true),
    GOING_AWAY(1001, "server going away", true),
    PROTOCOL_ERROR(1002, "protocol error", false),
    INVALID_PAYLOAD(1007, "invalid UTF-8", false),
    POLICY(1008, "policy violation", false),
    TOO_BIG(1009, "message too big", false),
    RESTARTING(1012, "server restarting", true),
    OVERLOADED(1013, "overloaded: too many new clients at once", true),
    BAD_TOKEN(4001, "bad token", false),
    FORBIDDEN(4003, "forbidden", false),
    LAGGED(4100, "lagged: too slow for the events retained", true),
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
