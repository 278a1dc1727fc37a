package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.wire.CloseCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import org.jspecify.annotations.Nullable;

/** A client does not get what it asks for. The message says why, in words fit for the client. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Refusal refusal;
    private final transient Reply reply;

    public RefusedException(Refusal refusal, String message) {
        super(message, null, false, false);
        this.refusal = refusal;
        this.reply = Reply.error(refusal.status(), message);
    }

    /** The gateway ends. A proxy must not keep the connection: the next request must go to another gateway. */
    public static RefusedException ending() {
        return new RefusedException(Refusal.ENDING, "the gateway is shutting down")
                .retryLater()
                .header(HttpHeaderNames.CONNECTION, "close");
    }

    static RefusedException of(TokenException e) {
        if (e.mayComeBack()) {
            return new RefusedException(Refusal.KEYS_AWAITED, e.getMessage()).header(HttpHeaderNames.RETRY_AFTER, "5");
        }
        boolean missing = e.reason() == TokenException.Reason.MISSING;
        return new RefusedException(Refusal.BAD_TOKEN, e.getMessage())
                .header(HttpHeaderNames.WWW_AUTHENTICATE, missing ? "Bearer" : "Bearer error=\"invalid_token\"");
    }

    public RefusedException header(CharSequence name, String value) {
        reply.header(name, value);
        return this;
    }

    /** Tells the client to try again, each at another time. */
    RefusedException retryLater() {
        return header(HttpHeaderNames.RETRY_AFTER, Integer.toString(Refusals.retryAfterSeconds()));
    }

    public Refusal refusal() {
        return refusal;
    }

    /** Says so in HTTP. */
    public Reply reply() {
        return reply;
    }

    /** Says so to a WebSocket that is accepted only to be told; null for what is told in HTTP only. */
    public @Nullable CloseCode code() {
        return refusal.code();
    }

    /** The code that a WebSocket would be closed with that may come back in a moment; null when it may not. */
    public @Nullable CloseCode later() {
        return refusal.later();
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
