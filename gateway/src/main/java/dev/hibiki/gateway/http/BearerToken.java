package dev.hibiki.gateway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** Reads the token of {@code Authorization: Bearer} (RFC 6750, section 2.1). Stateless. */
public final class BearerToken {
    private static final String SCHEME = "Bearer ";

    private BearerToken() {}

    /** Null when the header is absent or has another scheme. */
    public static @Nullable String of(HttpRequest request) {
        String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        return authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? null
                : authorization.substring(SCHEME.length()).trim();
    }
}
