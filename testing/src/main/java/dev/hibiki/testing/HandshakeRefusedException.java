package dev.hibiki.testing;

/** The server answered the opening handshake with another status than 101. */
public final class HandshakeRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient HandshakeResponse response;

    HandshakeRefusedException(HandshakeResponse response) {
        super("The server refused the handshake: " + response);
        this.response = response;
    }

    public HandshakeResponse response() {
        return response;
    }
}
