package dev.hibiki.gateway.session;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** The life of a {@link Session}. {@code docs/design.md} has the picture. */
enum SessionState {
    /** It was made for a client that is let in, and is in no group yet. */
    NEW(0),
    /** It is in the group of its loop and reads topics. Its events are sent. */
    OPEN(1),
    /** It reads nothing any more. Its last bytes are on their way, or its socket is being reset. */
    CLOSING(2),
    /** It holds nothing any more. Its socket is closed, or about to be when the session could not enter. */
    CLOSED(3);

    /** From NEW directly to CLOSED: the client had gone, or the session could not enter. */
    private static final Map<SessionState, Set<SessionState>> TRANSITIONS = Map.of(
            NEW, EnumSet.of(OPEN, CLOSED),
            OPEN, EnumSet.of(CLOSING),
            CLOSING, EnumSet.of(CLOSED),
            CLOSED, EnumSet.noneOf(SessionState.class));

    private static final int MASK = 0b11;

    private final int bits;

    SessionState(int bits) {
        this.bits = bits;
    }

    /** The state in the lowest two bits of a byte. */
    static SessionState of(byte flags) {
        return switch (flags & MASK) {
            case 0 -> NEW;
            case 1 -> OPEN;
            case 2 -> CLOSING;
            default -> CLOSED;
        };
    }

    /** These flags with this state in the lowest two bits. */
    byte in(byte flags) {
        return (byte) ((flags & ~MASK) | bits);
    }

    /** The next state, if this one may become it. */
    SessionState to(SessionState next) {
        if (!TRANSITIONS.getOrDefault(this, Set.of()).contains(next)) {
            throw new IllegalStateException("a session that is " + this + " cannot become " + next);
        }
        return next;
    }
}
