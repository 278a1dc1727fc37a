package dev.hibiki.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key, and the algorithms that it may be used with. Immutable. The type of the key decides the algorithms, not the token
 * (RFC 8725, section 3.1), so that a public key is never used as the secret of an HMAC.
 *
 * @param id its {@code kid}; null for a key without one, which is tried with every token of its algorithms
 */
record VerificationKey(@Nullable String id, Set<JWSAlgorithm> algorithms, JWSVerifier verifier) {
    private static final int MIN_RSA_BITS = 2048;
    /** The time to verify grows with the square of the length. */
    private static final int MAX_RSA_BITS = 8192;

    static VerificationKey ofSecret(byte[] secret) throws JOSEException {
        return new VerificationKey(null, Set.of(JWSAlgorithm.HS256), new MACVerifier(secret));
    }

    /** @throws JOSEException when the key is not usable; the message says why */
    static VerificationKey of(@Nullable String id, PublicKey key) throws JOSEException {
        if (key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
                throw new JOSEException(
                        "an RSA key of " + bits + " bits (expected: " + MIN_RSA_BITS + " to " + MAX_RSA_BITS + ")");
            }
            return new VerificationKey(id, Set.of(JWSAlgorithm.RS256), new RSASSAVerifier(rsa));
        }
        if (key instanceof ECPublicKey ec) {
            if (!Curve.P_256.equals(Curve.forECParameterSpec(ec.getParams()))) {
                throw new JOSEException("an EC key of another curve than P-256");
            }
            return new VerificationKey(id, Set.of(JWSAlgorithm.ES256), new ECDSAVerifier(ec));
        }
        if (key instanceof EdECPublicKey ed) {
            return new VerificationKey(id, Ed25519Verifier.NAMES, new Ed25519Verifier(ed));
        }
        throw new JOSEException("a key of another type than RSA, EC and Ed25519");
    }

    /** A key of a JWKS; null when it is not for signatures, or for an algorithm that the gateway does not accept. */
    static @Nullable VerificationKey ofJwk(JWK jwk) throws JOSEException {
        VerificationKey key = ofAnyPurpose(jwk);
        boolean signs = jwk.getKeyUse() == null || KeyUse.SIGNATURE.equals(jwk.getKeyUse());
        boolean fits = key != null
                && signs
                && (jwk.getAlgorithm() == null
                        || key.algorithms.contains(
                                JWSAlgorithm.parse(jwk.getAlgorithm().getName())));
        return fits ? key : null;
    }

    /** Null for a key of any other type, also for a symmetric key: a secret in a public document is not secret. */
    private static @Nullable VerificationKey ofAnyPurpose(JWK jwk) throws JOSEException {
        String id = jwk.getKeyID();
        if (jwk instanceof RSAKey rsa) {
            return of(id, rsa.toRSAPublicKey());
        }
        if (jwk instanceof ECKey ec) {
            return Curve.P_256.equals(ec.getCurve()) ? of(id, ec.toECPublicKey()) : null;
        }
        if (jwk instanceof OctetKeyPair pair && Curve.Ed25519.equals(pair.getCurve())) {
            return of(id, Ed25519Verifier.publicKey(pair.getDecodedX()));
        }
        return null;
    }
}
