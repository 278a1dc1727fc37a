package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.wire.CloseCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import org.jspecify.annotations.Nullable;

/** A client or a request is refused. The message gives the reason and may be shown to the client. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Refusal refusal;
    private final transient Reply reply;

    public RefusedException(Refusal refusal, String message) {
        super(message, null, false, false);
        this.refusal = refusal;
        this.reply = Reply.error(refusal.status(), message);
    }

    /** The gateway is shutting down. The connection is closed, so that the next request of a proxy goes to another gateway. */
    public static RefusedException ending() {
        return new RefusedException(Refusal.ENDING, "the gateway is shutting down")
                .retryLater()
                .header(HttpHeaderNames.CONNECTION, "close");
    }

    static RefusedException of(TokenException e) {
        if (e.isTemporary()) {
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

    /** Adds Retry-After with a random time. */
    RefusedException retryLater() {
        return header(HttpHeaderNames.RETRY_AFTER, Integer.toString(Refusals.retryAfterSeconds()));
    }

    public Refusal refusal() {
        return refusal;
    }

    /** The answer in HTTP. */
    public Reply reply() {
        return reply;
    }

    /** See {@link Refusal#closeCode}. */
    public @Nullable CloseCode closeCode() {
        return refusal.closeCode();
    }

    /** See {@link Refusal#retryCode}. */
    public @Nullable CloseCode retryCode() {
        return refusal.retryCode();
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
