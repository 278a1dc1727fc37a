package dev.hibiki.gateway.session;

import dev.hibiki.gateway.wire.CloseCode;

/**
 * Why a session ends. Immutable.
 *
 * @param label the value of {@code reason} in the metric of ended sessions
 * @param text the reason in the log line, and in the close frame when there is a code
 * @param code the code of the close frame, the gateway's or the client's; 0 without one
 * @param mayReconnect whether the gateway tells the client when to come back
 */
public record CloseReason(String label, String text, int code, boolean mayReconnect) {
    /** The socket failed, or the client closed it. */
    public static final CloseReason GONE = withoutCode("gone");

    /** The client gave no sign of life for a ping interval. */
    public static final CloseReason DEAD = withoutCode("dead");

    /** The client took no bytes for the stall timeout. */
    public static final CloseReason STALLED = withoutCode("stalled");

    /** The gateway ends, and waits no longer. */
    public static final CloseReason CUT_OFF = withoutCode("cut off");

    /** The code of the gateway failed. */
    public static final CloseReason ERROR = withoutCode("error");

    private static final String CLIENT = "client";

    private static CloseReason withoutCode(String label) {
        return new CloseReason(label, label, 0, false);
    }

    /** The gateway's decision, which the client is told. */
    public static CloseReason of(CloseCode code) {
        return new CloseReason(Integer.toString(code.code()), code.reason(), code.code(), code.mayReconnect());
    }

    /**
     * The client has sent a close frame.
     *
     * @param code that of the frame; 0 when it had none
     */
    public static CloseReason byClient(int code) {
        return new CloseReason(CLIENT, CLIENT, code, false);
    }

    public boolean isByClient() {
        return label.equals(CLIENT);
    }
}
