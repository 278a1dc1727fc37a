package dev.hibiki.gateway.http;

import io.netty.handler.codec.DecoderException;

/** The head of a request breaks the grammar of HTTP/1.1. The message says how, and may be shown to the client. */
final class MalformedHeadException extends DecoderException {
    private static final long serialVersionUID = 1L;

    MalformedHeadException(String message) {
        super(message);
    }

    /** The client causes this as often as it likes, so it has no stack trace. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
