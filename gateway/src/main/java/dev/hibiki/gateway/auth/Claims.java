package dev.hibiki.gateway.auth;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.hibiki.gateway.auth.TokenException.Reason;
import dev.hibiki.gateway.config.AuthSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks and reads the claims of a token whose signature is valid (RFC 7519, section 4.1). Immutable. */
final class Claims {
    private static final String OURS = "hibiki";
    private static final int MAX_PATTERNS = 64;
    private static final int MAX_CHARS = 256;

    private final AuthSettings.Jwt settings;
    private final long leewayMs;

    Claims(AuthSettings.Jwt settings) {
        this.settings = settings;
        this.leewayMs = settings.leewayS() * 1_000L;
    }

    /** @return when the token expires, in milliseconds since 1970, with the leeway for clocks that differ */
    long check(JWTClaimsSet claims, long nowMs) throws TokenException {
        if (claims.getExpirationTime() == null) {
            throw new TokenException(Reason.CLAIMS, "a token needs exp");
        }
        long expiresAtMs = claims.getExpirationTime().toInstant().toEpochMilli() + leewayMs;
        boolean begun = claims.getNotBeforeTime() == null
                || claims.getNotBeforeTime().toInstant().toEpochMilli() <= nowMs + leewayMs;
        if (nowMs >= expiresAtMs) {
            throw new TokenException(Reason.EXPIRED);
        }
        if (!begun) {
            throw new TokenException(Reason.NOT_YET);
        }
        if (settings.issuer() != null && !settings.issuer().equals(claims.getIssuer())) {
            throw new TokenException(Reason.ISSUER);
        }
        if (settings.audience() != null && !claims.getAudience().contains(settings.audience())) {
            throw new TokenException(Reason.AUDIENCE);
        }
        return expiresAtMs;
    }

    @Nullable String subject(JWTClaimsSet claims) throws TokenException {
        String subject = claims.getSubject();
        if (subject != null && subject.length() > MAX_CHARS) {
            throw new TokenException(Reason.CLAIMS, "sub is longer than " + MAX_CHARS + " characters");
        }
        return subject;
    }

    /**
     * Reads {@code "hibiki":{"channels":["news:*"],"regions":["JP"]}}. Without channels, the token allows none; without
     * regions, it allows all. So a token that was made for another service allows nothing.
     */
    Rights rights(JWTClaimsSet claims) throws TokenException {
        Object ours = claims.getClaim(OURS);
        if (ours == null) {
            return new Rights(List.of(), List.of());
        }
        if (!(ours instanceof Map<?, ?> named)) {
            throw new TokenException(Reason.CLAIMS, "\"hibiki\" is not an object");
        }
        return new Rights(
                patterns("channels", named.get("channels"), List.of()),
                patterns("regions", named.get("regions"), List.of("*")));
    }

    private static List<String> patterns(String name, @Nullable Object value, List<String> absent)
            throws TokenException {
        if (value == null) {
            return absent;
        }
        List<String> patterns = new ArrayList<>();
        for (Object pattern : value instanceof List<?> list ? list : List.of(value)) {
            if (!(pattern instanceof String text) || text.length() > MAX_CHARS || patterns.size() == MAX_PATTERNS) {
                throw new TokenException(
                        Reason.CLAIMS,
                        '"' + name + "\" is not an array of at most " + MAX_PATTERNS + " strings of at most "
                                + MAX_CHARS + " characters");
            }
            patterns.add(text);
        }
        return List.copyOf(patterns);
    }
}
