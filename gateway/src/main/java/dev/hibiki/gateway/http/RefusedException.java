package dev.hibiki.gateway.http;

import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.metrics.Refusal;
import dev.hibiki.gateway.session.CloseCode;
import dev.hibiki.gateway.session.Selection;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/** Somebody who wants a stream of events gets none. The message says why, in words fit for the client. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Reply reply;
    private final @Nullable CloseCode code;
    private final @Nullable Refusal reason;
    private final @Nullable CloseCode later;

    private RefusedException(
            HttpResponseStatus status,
            String message,
            @Nullable CloseCode code,
            @Nullable Refusal reason,
            @Nullable CloseCode later) {
        super(message, null, false, false);
        this.reply = Reply.error(status, message);
        this.code = code;
        this.reason = reason;
        this.later = later;
    }

    public RefusedException(HttpResponseStatus status, String message) {
        this(status, message, null, null, null);
    }

    /** The gateway ends. A proxy must not keep the connection: the next request must go to another gateway. */
    public static RefusedException ending() {
        return new RefusedException(
                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                        "the gateway is shutting down",
                        null,
                        null,
                        CloseCode.RESTARTING)
                .header(HttpHeaderNames.RETRY_AFTER, Integer.toString(Refusals.retryAfterSeconds()))
                .header(HttpHeaderNames.CONNECTION, "close");
    }

    /** For a reason that the edge has counted and told of. */
    static RefusedException of(Refusal reason) {
        RefusedException refused = switch (reason) {
            case ADDRESS_HANDSHAKES ->
                new RefusedException(
                        HttpResponseStatus.TOO_MANY_REQUESTS,
                        "too many new sessions from this address",
                        null,
                        reason,
                        CloseCode.OVERLOADED);
            case USER_SESSIONS ->
                new RefusedException(
                        HttpResponseStatus.TOO_MANY_REQUESTS, "too many sessions of this user", null, reason, null);
            default ->
                new RefusedException(
                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                        "too many new sessions at once",
                        null,
                        reason,
                        CloseCode.OVERLOADED);
        };
        return refused.header(HttpHeaderNames.RETRY_AFTER, Integer.toString(Refusals.retryAfterSeconds()));
    }

    static RefusedException of(TokenException e) {
        if (e.mayComeBack()) {
            return new RefusedException(
                            HttpResponseStatus.SERVICE_UNAVAILABLE,
                            e.getMessage(),
                            CloseCode.OVERLOADED,
                            null,
                            CloseCode.OVERLOADED)
                    .header(HttpHeaderNames.RETRY_AFTER, "5");
        }
        boolean missing = e.reason() == TokenException.Reason.MISSING;
        return new RefusedException(HttpResponseStatus.UNAUTHORIZED, e.getMessage(), CloseCode.BAD_TOKEN, null, null)
                .header(HttpHeaderNames.WWW_AUTHENTICATE, missing ? "Bearer" : "Bearer error=\"invalid_token\"");
    }

    static RefusedException of(Selection.RefusedException e) {
        return switch (e.refusal()) {
            case UNKNOWN_CHANNEL -> new RefusedException(HttpResponseStatus.NOT_FOUND, e.getMessage());
            case REFUSED, TOO_MANY -> new RefusedException(HttpResponseStatus.BAD_REQUEST, e.getMessage());
            case FORBIDDEN ->
                new RefusedException(HttpResponseStatus.FORBIDDEN, e.getMessage(), CloseCode.FORBIDDEN, null, null);
        };
    }

    public RefusedException header(CharSequence name, String value) {
        reply.header(name, value);
        return this;
    }

    /** Says so in HTTP. */
    public Reply reply() {
        return reply;
    }

    /** Says so to a WebSocket that is accepted only to be told; null for what is told in HTTP only. */
    public @Nullable CloseCode code() {
        return code;
    }

    /**
     * The code that a WebSocket would be closed with that may come in a moment; null for who would only be refused again:
     * somebody's token does not get better, and a user who has many sessions has them for long.
     */
    public @Nullable CloseCode later() {
        return later;
    }

    /** True when more come than may, who are as welcome as all others a while later. */
    public boolean isOverBudget() {
        return reason == Refusal.HANDSHAKE_RATE;
    }

    /** True when the log has said so already. */
    boolean isLogged() {
        return reason != null;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
