package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.auth.PublishKeys;
import dev.hibiki.gateway.http.BearerToken;
import dev.hibiki.gateway.http.Reply;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Checks requests that change something: none may come from a web page, and each needs a publish key when keys are
 * configured. Thread-safe.
 */
public record PublishAccess(PublishKeys keys) {
    /** The answer when the request is not allowed; null when it is. */
    @Nullable Reply refusal(FullHttpRequest request) {
        if (request.headers().contains(HttpHeaderNames.ORIGIN)) {
            // A web page can send requests to loopback ports of the machine that shows it. Publishers are not browsers.
            return Reply.error(HttpResponseStatus.FORBIDDEN, "publishing from a browser is not allowed");
        }
        if (!keys.needed()) {
            return null;
        }
        String key = BearerToken.of(request);
        if (key == null) {
            return unauthorized("Authorization: Bearer KEY is missing", "Bearer");
        }
        return keys.contains(key) ? null : unauthorized("wrong publish key", "Bearer error=\"invalid_token\"");
    }

    /** RFC 6750, section 3. */
    private static Reply unauthorized(String message, String challenge) {
        return Reply.error(HttpResponseStatus.UNAUTHORIZED, message)
                .header(HttpHeaderNames.WWW_AUTHENTICATE, challenge);
    }
}
