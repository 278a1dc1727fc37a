package dev.hibiki.gateway.session;

import dev.hibiki.gateway.wire.CloseCode;
import org.jspecify.annotations.Nullable;

/**
 * Why a session ends. Immutable.
 *
 * @param label the value of {@code reason} in the metric of ended sessions
 * @param text the reason in the log line, and in the close frame when there is a code
 * @param code the code of the close frame, the gateway's or the client's; 0 without one
 * @param mayReconnect whether the gateway tells the client when to come back
 * @param option the option that sets the limit which the client exceeded, for the log; null when there is none
 */
public record CloseReason(
        String label,
        String text,
        int code,
        boolean mayReconnect,
        @Nullable String option) {
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
        return new CloseReason(label, label, 0, false, null);
    }

    /** The gateway's decision, which the client is told. */
    public static CloseReason of(CloseCode code) {
        return of(code, "", null);
    }

    /**
     * As {@link #of(CloseCode)}, because of a limit.
     *
     * @param expected what is allowed; ASCII, and short enough for a close frame
     * @param option that sets the limit; null when none does
     */
    public static CloseReason of(CloseCode code, String expected, @Nullable String option) {
        String text = expected.isEmpty() ? code.reason() : code.reason() + " (expected: " + expected + ')';
        return new CloseReason(Integer.toString(code.code()), text, code.code(), code.mayReconnect(), option);
    }

    /**
     * The client has sent a close frame.
     *
     * @param code that of the frame; 0 when it had none
     */
    public static CloseReason byClient(int code) {
        return new CloseReason(CLIENT, CLIENT, code, false, null);
    }

    public boolean isByClient() {
        return label.equals(CLIENT);
    }
}
