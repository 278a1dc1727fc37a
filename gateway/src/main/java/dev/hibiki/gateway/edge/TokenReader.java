package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.auth.Authenticator;
import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.http.BearerToken;
import dev.hibiki.gateway.http.PercentCodes;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the token in a request and verifies it, when the gateway requires tokens. Thread-safe. */
public final class TokenReader {
    /** A token as a subprotocol, which the server never selects: a page can set no other header of a WebSocket. */
    private static final String SUBPROTOCOL = "bearer.";

    private static final String PARAMETER = "token";
    private static final Pattern IN_QUERY = Pattern.compile("[?&]" + PARAMETER + "=");

    private final @Nullable Authenticator authenticator;
    private final @Nullable String cookie;
    private final boolean inQuery;

    /** @param authenticator null when the gateway requires no tokens */
    public TokenReader(@Nullable Authenticator authenticator, AuthSettings.@Nullable Jwt settings) {
        this.authenticator = authenticator;
        this.cookie = settings == null ? null : settings.cookie();
        this.inQuery = settings != null && settings.inQuery();
    }

    /** True when the parameter {@code token} of a query may hold the token. */
    boolean isInQuery() {
        return inQuery;
    }

    /** The grant of the request's token; null when the gateway requires no tokens. */
    @Nullable Grant verify(HttpRequest request) throws TokenException {
        if (authenticator == null) {
            return null;
        }
        try {
            String token = token(request);
            return authenticator.verify(token != null || !inQuery ? token : fromQuery(authenticator, request));
        } catch (TokenException e) {
            throw e.reason() == TokenException.Reason.MISSING ? missing(request) : e;
        }
    }

    private TokenException missing(HttpRequest request) {
        String text =
                "a token is missing (expected: the header Authorization: Bearer TOKEN, or in the Sec-WebSocket-Protocol "
                        + SUBPROTOCOL + "TOKEN"
                        + (cookie == null ? "" : ", or the cookie " + cookie)
                        + (inQuery ? ", or ?token=TOKEN" : "")
                        + (!inQuery && IN_QUERY.matcher(request.uri()).find()
                                ? "; ?token= only with --jwt-in-query true"
                                : "")
                        + ')';
        return new TokenException(TokenException.Reason.MISSING, text);
    }

    /** The first token in the headers. Places that the client sets on purpose come before the cookie, which a browser always sends. */
    private @Nullable String token(HttpRequest request) {
        String token = BearerToken.of(request);
        if (token == null) {
            token = fromSubprotocol(request);
        }
        if (token == null) {
            token = fromCookie(request);
        }
        return token;
    }

    private static @Nullable String fromSubprotocol(HttpRequest request) {
        for (String line : request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String offered : line.split(",", -1)) {
                if (offered.trim().startsWith(SUBPROTOCOL)) {
                    return offered.trim().substring(SUBPROTOCOL.length());
                }
            }
        }
        return null;
    }

    private @Nullable String fromCookie(HttpRequest request) {
        if (cookie == null) {
            return null;
        }
        for (String line : request.headers().getAll(HttpHeaderNames.COOKIE)) {
            for (Cookie sent : ServerCookieDecoder.LAX.decodeAll(line)) {
                if (sent.name().equals(cookie)) {
                    return sent.value();
                }
            }
        }
        return null;
    }

    private static @Nullable String fromQuery(Authenticator authenticator, HttpRequest request) throws TokenException {
        String encoded = StreamQuery.of(request).firstEncoded(PARAMETER);
        String token = encoded == null ? null : PercentCodes.parameter(encoded);
        if (encoded != null && token == null) {
            throw authenticator.malformed(StreamQuery.problem(PARAMETER, encoded));
        }
        return token;
    }
}
