package dev.hibiki.gateway.runtime;

import io.netty.handler.codec.DecoderException;
import java.io.IOException;

/** Tells what the other end or the network did to a connection from what we did. Stateless. */
public final class PeerFailure {
    private PeerFailure() {}

    /** True for a socket that failed, and for TLS that did not make sense, which arrives wrapped. */
    public static boolean isOne(Throwable failure) {
        Throwable cause = failure instanceof DecoderException ? failure.getCause() : failure;
        return cause instanceof IOException;
    }
}
