package dev.hibiki.gateway.auth;

import com.nimbusds.jose.util.Base64URL;
import dev.hibiki.gateway.auth.TokenException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/**
 * A signed token in compact form (RFC 7515, section 7.1), not verified yet. Immutable; nobody may write to its arrays.
 *
 * <p>The library for signatures is not given a token to read: it throws unchecked exceptions for some, and takes the last of
 * two members with the same name. Here each text has one meaning: base64url must be canonical (RFC 4648, section 3.5), and
 * JSON as in {@link StrictJson}.
 */
final class CompactToken {
    /** The {@code alg} of the header, whether there is such an algorithm or not. */
    final String algorithm;
    /** The {@code kid} of the header; null when there is none. */
    final @Nullable String keyId;
    /** What is signed. */
    final byte[] signingInput;

    final byte[] payload;
    final Base64URL signature;

    private CompactToken(
            String algorithm, @Nullable String keyId, byte[] signingInput, byte[] payload, Base64URL signature) {
        this.algorithm = algorithm;
        this.keyId = keyId;
        this.signingInput = signingInput;
        this.payload = payload;
        this.signature = signature;
    }

    /** @throws TokenException when it is malformed, or requires an extension of JWS */
    static CompactToken parse(String token) throws TokenException {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first < 0 || second < 0) {
            throw new TokenException(Reason.MALFORMED);
        }
        String signature = token.substring(second + 1);
        decode(signature);
        byte[] payload = decode(token.substring(first + 1, second));
        Header header = new Header();
        try {
            StrictJson.readObject(decode(token.substring(0, first)), header);
        } catch (StrictJson.MalformedException e) {
            throw new TokenException(Reason.MALFORMED);
        }
        if (header.algorithm == null) {
            throw new TokenException(Reason.MALFORMED);
        }
        byte[] signed = token.substring(0, second).getBytes(StandardCharsets.US_ASCII);
        return new CompactToken(header.algorithm, header.keyId, signed, payload, new Base64URL(signature));
    }

    /** Reads base64url without padding that is not empty. */
    private static byte[] decode(String text) throws TokenException {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            String canonical = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            if (bytes.length > 0 && canonical.equals(text)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            throw new TokenException(Reason.MALFORMED);
        }
        throw new TokenException(Reason.MALFORMED);
    }

    /** Reads the members of the header that matter. Confined to its thread. */
    private static final class Header implements StrictJson.Member {
        private @Nullable String algorithm;
        private @Nullable String keyId;

        @Override
        public void read(String name, JsonParser json) throws StrictJson.MalformedException {
            switch (name) {
                case "alg" -> algorithm = StrictJson.string(name, json);
                case "kid" -> keyId = StrictJson.string(name, json);
                case "typ", "cty" -> StrictJson.string(name, json);
                // They require extensions that the gateway does not know (RFC 7515, section 4.1.11; RFC 7797).
                // A header with enc is that of an encrypted token (RFC 7516, section 9).
                case "crit", "b64", "enc" -> throw new StrictJson.MalformedException(name);
                default -> json.skipChildren();
            }
        }
    }
}
