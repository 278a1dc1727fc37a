package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.auth.Authenticator;
import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.http.BearerToken;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets clients in by their token, where tokens are asked for. Thread-safe. */
public final class TokenReader {
    /** A subprotocol that is never answered: a browser's WebSocket has no other header of its own. */
    private static final String SUBPROTOCOL = "bearer.";

    private final @Nullable Authenticator authenticator;
    private final @Nullable String cookie;
    private final boolean inQuery;

    /** @param authenticator null when everybody may listen */
    public TokenReader(@Nullable Authenticator authenticator, AuthSettings.@Nullable Jwt settings) {
        this.authenticator = authenticator;
        this.cookie = settings == null ? null : settings.cookie();
        this.inQuery = settings != null && settings.inQuery();
    }

    /** What the request's token gives; null where none is asked for. */
    @Nullable Grant verify(HttpRequest request) throws TokenException {
        return authenticator == null ? null : authenticator.verify(token(request));
    }

    /** The first that there is, from what a client sets for us to what its browser sends by itself. */
    private @Nullable String token(HttpRequest request) {
        String token = BearerToken.of(request);
        if (token == null) {
            token = ofSubprotocol(request);
        }
        if (token == null) {
            token = ofCookie(request);
        }
        return token != null || !inQuery ? token : ofQuery(request);
    }

    private static @Nullable String ofSubprotocol(HttpRequest request) {
        for (String line : request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String offered : line.split(",", -1)) {
                if (offered.trim().startsWith(SUBPROTOCOL)) {
                    return offered.trim().substring(SUBPROTOCOL.length());
                }
            }
        }
        return null;
    }

    private @Nullable String ofCookie(HttpRequest request) {
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

    private static @Nullable String ofQuery(HttpRequest request) {
        try {
            List<String> tokens =
                    new QueryStringDecoder(request.uri()).parameters().get("token");
            return tokens == null ? null : tokens.get(0);
        } catch (IllegalArgumentException e) {
            return null; // What is wrong with the query is told to who has a token.
        }
    }
}
