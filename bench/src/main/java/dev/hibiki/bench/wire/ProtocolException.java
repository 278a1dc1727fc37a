package dev.hibiki.bench.wire;

import java.io.IOException;

/** The server sent what its protocol does not allow. */
public final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }
}
