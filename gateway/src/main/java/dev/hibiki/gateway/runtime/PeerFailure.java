package dev.hibiki.gateway.runtime;

import io.netty.handler.codec.DecoderException;
import java.io.IOException;

/** Distinguishes failures of the peer or the network from those of the gateway. Stateless. */
public final class PeerFailure {
    private PeerFailure() {}

    /** True for a failure of the socket, and for invalid TLS, which Netty wraps in a DecoderException. */
    public static boolean matches(Throwable failure) {
        Throwable cause = failure instanceof DecoderException ? failure.getCause() : failure;
        return cause instanceof IOException;
    }
}
