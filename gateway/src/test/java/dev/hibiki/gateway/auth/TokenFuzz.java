package dev.hibiki.gateway.auth;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;

/**
 * Fuzz target: a token, or header and claims of one that is then signed with the right secret. Nothing but a TokenException
 * is thrown. A token that is not signed is refused. One that is accepted is read in the same way by a library that others
 * use. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class TokenFuzz {
    private static final byte[] SECRET = TestTokens.SECRET.getBytes(StandardCharsets.UTF_8);
    private static final GatewayMetrics METRICS = new GatewayMetrics();
    private static final Authenticator AUTHENTICATOR = TestTokens.authenticator(METRICS, () -> 2_000_000_000_000L);

    private TokenFuzz() {}

    /** The first byte says what follows: 1 a token; otherwise a header, a line feed, and claims. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        if (input[0] == 1) {
            strange(new String(rest, StandardCharsets.ISO_8859_1));
        } else {
            int end = 0;
            while (end < rest.length && rest[end] != '\n') {
                end++;
            }
            signed(Arrays.copyOf(rest, end), Arrays.copyOfRange(rest, Math.min(end + 1, rest.length), rest.length));
        }
    }

    private static void strange(String token) {
        try {
            CompactToken parsed = CompactToken.parse(token);
            require(token.startsWith(new String(parsed.signingInput, StandardCharsets.US_ASCII)), "what is signed");
        } catch (TokenException e) {
            // Refused.
        }
        try {
            AUTHENTICATOR.verify(token);
        } catch (TokenException e) {
            return;
        }
        throw new AssertionError("accepted a token without a signature");
    }

    private static void signed(byte[] header, byte[] payload) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String token = TestTokens.sign(base64.encodeToString(header) + '.' + base64.encodeToString(payload), SECRET);
        try {
            CompactToken.parse(token); // The authenticator would catch what this throws.
            Claims.read(payload);
        } catch (TokenException e) {
            return;
        }
        Grant grant;
        try {
            grant = AUTHENTICATOR.verify(token);
        } catch (TokenException e) {
            return;
        }
        try {
            SignedJWT other = SignedJWT.parse(token);
            JWTClaimsSet claims = other.getJWTClaimsSet();
            require(other.getHeader().getAlgorithm().getName().equals("HS256"), "the algorithm");
            require(Objects.equals(claims.getSubject(), grant.subject()), "the subject");
            long seconds = claims.getExpirationTime().toInstant().getEpochSecond() - 2_000_000_000L;
            require(grant.secondsLeft() >= seconds && grant.secondsLeft() <= seconds + 60, "the expiry");
        } catch (ParseException e) {
            throw new AssertionError("the library refuses it", e);
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
