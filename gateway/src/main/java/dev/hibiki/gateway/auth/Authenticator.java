package dev.hibiki.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import dev.hibiki.gateway.auth.TokenException.Reason;
import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies tokens and turns them into grants. Thread-safe.
 *
 * <p>It is called on the event loops, although verifying takes time: a few microseconds with HS256, tens of them with
 * RS256, a few hundred with ES256 and EdDSA. It happens once per connection and once per renewal, next to a handshake that
 * costs about as much. Another thread would not be better: the session would have to handle what arrives on the socket in
 * the meantime, which is more complex than a loop that is late by a fraction of a millisecond.
 *
 * <p>The library for signatures gets only what {@link CompactToken} has read. Whatever is in a token, the outcome is a grant
 * or a {@link TokenException}, also when the library or the JDK throws what it should not.
 *
 * <p>It never waits for keys. They are in memory, and the thread of {@link Auth} fetches new ones.
 */
public final class Authenticator {
    private static final Logger log = LoggerFactory.getLogger(Authenticator.class);
    private static final int MAX_TOKEN_CHARS = 8 * 1024;
    /** The algorithms of public keys, which a JWKS may still bring. */
    private static final Set<String> PUBLIC_KEY_ALGORITHMS = Set.of("RS256", "ES256", "EdDSA", "Ed25519");

    private final AuthSettings.Jwt settings;
    private final GatewayMetrics metrics;
    private final LongSupplier clockMs;
    private final KeySet keys;
    /** The rights of the last token. Grants with equal rights share them, and most tokens have equal rights. */
    private volatile Rights lastRights = new Rights(List.of(), List.of());

    Authenticator(AuthSettings.Jwt settings, KeySet keys, GatewayMetrics metrics, LongSupplier clockMs) {
        this.settings = settings;
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
        } catch (RuntimeException e) {
            log.debug("A token made the verification fail", e);
            metrics.token(Reason.MALFORMED.label());
            throw new TokenException(Reason.MALFORMED);
        }
    }

    /**
     * Counts a token that cannot even be decoded.
     *
     * @param message repeats nothing of the token
     */
    public TokenException malformed(String message) {
        metrics.token(Reason.MALFORMED.label());
        return new TokenException(Reason.MALFORMED, message);
    }

    private Grant grant(@Nullable String token) throws TokenException {
        if (token == null || token.isEmpty()) {
            throw new TokenException(Reason.MISSING);
        }
        if (token.length() > MAX_TOKEN_CHARS) {
            throw new TokenException(
                    Reason.MALFORMED, "the token is too long (expected: at most " + MAX_TOKEN_CHARS + " characters)");
        }
        long nowMs = nowMs();
        long leewayMs = settings.leewayS() * 1_000L;
        CompactToken signed = CompactToken.parse(token);
        verify(signed);
        Claims claims = Claims.read(signed.payload);
        claims.check(settings, leewayMs, nowMs);
        return new Grant(this, claims.subject(), shared(claims.rights()), nowMs, claims.expiresAtMs() + leewayMs);
    }

    private void verify(CompactToken token) throws TokenException {
        try {
            for (VerificationKey key : candidates(token.algorithm, token.keyId)) {
                JWSHeader header = new JWSHeader(new JWSAlgorithm(token.algorithm));
                if (key.verifier().verify(header, token.signingInput, token.signature)) {
                    return;
                }
            }
        } catch (JOSEException e) {
            throw new TokenException(Reason.MALFORMED);
        }
        throw new TokenException(Reason.SIGNATURE);
    }

    /** The keys that may have signed a token with this algorithm and key id; at least one. */
    private List<VerificationKey> candidates(String name, @Nullable String id) throws TokenException {
        JWSAlgorithm algorithm = new JWSAlgorithm(name);
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
            boolean mayCome = PUBLIC_KEY_ALGORITHMS.contains(name) && keys.fetchMore();
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
