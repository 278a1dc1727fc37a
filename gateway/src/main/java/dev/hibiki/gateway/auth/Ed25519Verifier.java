package dev.hibiki.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jca.JCAContext;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/** Verifies Ed25519 signatures (RFC 8037) with the JDK; the library's verifier needs Tink, of two megabytes. Thread-safe. */
final class Ed25519Verifier implements JWSVerifier {
    /** RFC 9864 gives the second name to what RFC 8037 called by the first. */
    static final Set<JWSAlgorithm> NAMES = Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

    private static final String ALGORITHM = "Ed25519";
    private static final int KEY_BYTES = 32;
    /** The bytes before the key in its X.509 form (RFC 8410, section 4). */
    private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private final PublicKey key;
    private final JCAContext context = new JCAContext();

    Ed25519Verifier(EdECPublicKey key) throws JOSEException {
        if (!ALGORITHM.equals(key.getParams().getName())) {
            throw new JOSEException("a key of another Edwards curve than Ed25519");
        }
        this.key = key;
    }

    static PublicKey publicKey(byte[] raw) throws JOSEException {
        byte[] encoded = new byte[X509_PREFIX.length + KEY_BYTES];
        if (raw.length != KEY_BYTES) {
            throw new JOSEException("an Ed25519 key of " + raw.length + " bytes");
        }
        System.arraycopy(X509_PREFIX, 0, encoded, 0, X509_PREFIX.length);
        System.arraycopy(raw, 0, encoded, X509_PREFIX.length, KEY_BYTES);
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new JOSEException("not an Ed25519 key", e);
        }
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signingInput, Base64URL signature) throws JOSEException {
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(key);
            verifier.update(signingInput);
            return verifier.verify(signature.decode());
        } catch (SignatureException e) {
            return false; // The bytes do not have the form of a signature.
        } catch (GeneralSecurityException e) {
            throw new JOSEException("this Java cannot use Ed25519", e);
        }
    }

    @Override
    public Set<JWSAlgorithm> supportedJWSAlgorithms() {
        return NAMES;
    }

    @Override
    public JCAContext getJCAContext() {
        return context;
    }
}
