package dev.hibiki.gateway.event;

import java.util.function.Supplier;

/**
 * Published bytes are not a valid event. It has no stack trace, since it is not a fault of the gateway. Its message is made only
 * when somebody asks for it: to find out what is wrong takes longer than to reject, and most rejections are only counted.
 */
public final class RejectedEventException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Rejection rejection;
    private final transient Supplier<String> detail;

    public RejectedEventException(Rejection rejection, String detail) {
        this(rejection, () -> detail);
    }

    /** @param detail makes the message; called for each {@link #getMessage}, on any thread */
    RejectedEventException(Rejection rejection, Supplier<String> detail) {
        super(null, null, false, false);
        this.rejection = rejection;
        this.detail = detail;
    }

    public Rejection rejection() {
        return rejection;
    }

    /** Returns the detail: what is wrong and where, in one line. Valid as long as the published bytes do not change. */
    @Override
    public String getMessage() {
        return detail.get();
    }
}
