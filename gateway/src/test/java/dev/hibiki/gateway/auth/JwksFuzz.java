package dev.hibiki.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Fuzz target: a JWKS. It is refused with an IOException, or has from 1 to 16 keys, none of which is for an algorithm with a
 * shared secret. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class JwksFuzz {
    private static final Set<JWSAlgorithm> PUBLIC =
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256, JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

    private JwksFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        List<VerificationKey> keys;
        try {
            keys = Jwks.parse(input);
        } catch (IOException e) {
            return;
        }
        if (keys.isEmpty() || keys.size() > 16) {
            throw new AssertionError(keys.size() + " keys");
        }
        for (VerificationKey key : keys) {
            if (key.algorithms().isEmpty() || !PUBLIC.containsAll(key.algorithms())) {
                throw new AssertionError("a key for " + key.algorithms());
            }
        }
    }
}
