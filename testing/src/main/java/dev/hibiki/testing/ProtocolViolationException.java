package dev.hibiki.testing;

/** The server broke a rule of RFC 6455, which the message names. */
public final class ProtocolViolationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ProtocolViolationException(String rule) {
        super(rule);
    }
}
