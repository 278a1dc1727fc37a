package dev.hibiki.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.hibiki.gateway.auth.TokenException.Reason;
import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Verifies tokens and turns them into grants. Thread-safe.
 *
 * <p>It is called on the event loops, although verifying takes time: a few microseconds with HS256, tens of them with
 * RS256, a few hundred with ES256 and EdDSA. It happens once per connection and once per renewal, next to a handshake that
 * costs about as much. Another thread would not be better: the session would have to handle what arrives on the socket in
 * the meantime, which is more complex than a loop that is late by a fraction of a millisecond.
 *
 * <p>It never waits for keys. They are in memory, and the thread of {@link Auth} fetches new ones.
 */
public final class Authenticator {
    private static final int MAX_TOKEN_CHARS = 8 * 1024;

    private final Claims claims;
    private final GatewayMetrics metrics;
    private final LongSupplier clockMs;
    private final KeySet keys;
    /** The rights of the last token. Grants with equal rights share them, and most tokens have equal rights. */
    private volatile Rights lastRights = new Rights(List.of(), List.of());

    Authenticator(AuthSettings.Jwt settings, KeySet keys, GatewayMetrics metrics, LongSupplier clockMs) {
        this.claims = new Claims(settings);
        this.keys = keys;
        this.metrics = metrics;
        this.clockMs = clockMs;
    }

    long nowMs() {
        return clockMs.getAsLong();
    }

    /** Verifies a token, and counts the outcome. */
    public Grant verify(@Nullable String token) throws TokenException {
        try {
            Grant grant = grant(token);
            metrics.token("ok");
            return grant;
        } catch (TokenException e) {
            metrics.token(e.reason().label());
            throw e;
        }
    }

    private Grant grant(@Nullable String token) throws TokenException {
        if (token == null || token.isEmpty()) {
            throw new TokenException(Reason.MISSING);
        }
        if (token.length() > MAX_TOKEN_CHARS) {
            throw new TokenException(Reason.MALFORMED);
        }
        long nowMs = nowMs();
        JWTClaimsSet verified = verified(token);
        long expiresAtMs = claims.check(verified, nowMs);
        String subject = claims.subject(verified);
        return new Grant(this, subject, shared(claims.rights(verified)), nowMs, expiresAtMs);
    }

    private JWTClaimsSet verified(String token) throws TokenException {
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            JWSHeader header = jwt.getHeader();
            if (header.getCriticalParams() != null || !header.isBase64URLEncodePayload()) {
                throw new TokenException(Reason.MALFORMED); // Requires an extension that the gateway does not know.
            }
            for (VerificationKey key : candidates(header.getAlgorithm(), header.getKeyID())) {
                if (jwt.verify(key.verifier())) {
                    return jwt.getJWTClaimsSet();
                }
            }
            throw new TokenException(Reason.SIGNATURE);
        } catch (ParseException | JOSEException | IllegalArgumentException e) {
            throw new TokenException(Reason.MALFORMED);
        }
    }

    /** The keys that may have signed a token with this algorithm and key id; at least one. */
    private List<VerificationKey> candidates(JWSAlgorithm algorithm, @Nullable String id) throws TokenException {
        List<VerificationKey> candidates = new ArrayList<>();
        boolean anyForAlgorithm = false;
        for (VerificationKey key : keys.current()) {
            if (key.algorithms().contains(algorithm)) {
                anyForAlgorithm = true;
                if (id == null || key.id() == null || key.id().equals(id)) {
                    candidates.add(key);
                }
            }
        }
        if (candidates.isEmpty()) {
            boolean mayCome = !JWSAlgorithm.Family.HMAC_SHA.contains(algorithm) && keys.fetchMore();
            throw new TokenException(
                    mayCome ? Reason.KEYS_AWAITED : anyForAlgorithm ? Reason.UNKNOWN_KEY : Reason.ALGORITHM);
        }
        return candidates;
    }

    private Rights shared(Rights rights) {
        Rights last = lastRights;
        if (last.equals(rights)) {
            return last;
        }
        lastRights = rights;
        return rights;
    }
}
