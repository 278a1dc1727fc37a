package dev.hibiki.gateway.http;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Who may change something through the admin listener. Thread-safe.
 *
 * @param key what must be sent as a bearer token, or null when none is asked for
 */
public record PublishKey(@Nullable String key) {
    private static final String BEARER = "Bearer ";

    /** The answer to who may not; null for who may. */
    @Nullable Reply refusal(FullHttpRequest request) {
        if (request.headers().contains(HttpHeaderNames.ORIGIN)) {
            // A page that somebody's browser shows can reach loopback ports. Publishers are not browsers.
            return Reply.error(HttpResponseStatus.FORBIDDEN, "publishing from a browser is not allowed");
        }
        if (key == null) {
            return null;
        }
        String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Reply.error(HttpResponseStatus.UNAUTHORIZED, "Authorization: Bearer KEY is missing")
                    .header(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        byte[] given = authorization.substring(BEARER.length()).trim().getBytes(StandardCharsets.UTF_8);
        boolean right = MessageDigest.isEqual(given, key.getBytes(StandardCharsets.UTF_8));
        return right ? null : Reply.error(HttpResponseStatus.FORBIDDEN, "wrong publish key");
    }

    @Override
    public String toString() {
        return "PublishKey";
    }
}
