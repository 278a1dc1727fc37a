package dev.hibiki.gateway.http;

import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpResponseStatus;

/** The head of a request breaks the grammar of HTTP/1.1 or is too large. The message says how, and may be shown to the client. */
final class MalformedHeadException extends DecoderException {
    private static final long serialVersionUID = 1L;

    private final transient HttpResponseStatus status;

    MalformedHeadException(String message) {
        this(HttpResponseStatus.BAD_REQUEST, message);
    }

    /** @param status of the answer */
    MalformedHeadException(HttpResponseStatus status, String message) {
        super(message);
        this.status = status;
    }

    HttpResponseStatus status() {
        return status;
    }

    /** The client causes this as often as it likes, so it has no stack trace. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
