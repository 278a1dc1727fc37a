package dev.hibiki.testing;

/** The server did what RFC 6455 forbids; the message says which rule. */
public final class ProtocolViolationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ProtocolViolationException(String rule) {
        super(rule);
    }
}
