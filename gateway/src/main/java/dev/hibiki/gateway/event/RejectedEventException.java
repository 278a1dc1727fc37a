package dev.hibiki.gateway.event;

/** The bytes are not an event. Carries no stack trace: it is an answer to the publisher, not a fault of the gateway. */
public final class RejectedEventException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Rejection rejection;

    public RejectedEventException(Rejection rejection, String detail) {
        super(detail, null, false, false);
        this.rejection = rejection;
    }

    public Rejection rejection() {
        return rejection;
    }

    /** The detail: what was wrong and where, in one line. Never null. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
