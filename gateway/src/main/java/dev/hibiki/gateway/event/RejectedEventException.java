package dev.hibiki.gateway.event;

/** Published bytes are not a valid event. It has no stack trace, since it is not a fault of the gateway. */
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

    /** The detail: what is wrong and where, in one line. Never null. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
