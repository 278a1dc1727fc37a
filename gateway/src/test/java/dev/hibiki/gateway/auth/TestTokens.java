package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Makes tokens as in RFC 7515 without the library that the gateway reads them with. Stateless. */
public final class TestTokens {
    public static final String SECRET = "a secret of the test, long enough";
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private TestTokens() {}

    /** A token that is signed with {@link #SECRET}. */
    public static String hs256(String claims) {
        return hmac("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims, SECRET.getBytes(StandardCharsets.UTF_8));
    }

    /** A token signed with {@link #SECRET}, valid for so many seconds from now, with these additional claims. */
    public static String hs256(long expiresInSeconds, String moreClaims) {
        return hs256(claims(expiresInSeconds, moreClaims));
    }

    public static String claims(long expiresInSeconds, String moreClaims) {
        return "{\"exp\":" + (System.currentTimeMillis() / 1000 + expiresInSeconds)
                + (moreClaims.isEmpty() ? "" : "," + moreClaims.replace('\'', '"')) + "}";
    }

    static String hmac(String header, String claims, byte[] secret) {
        return sign(input(header, claims), secret);
    }

    /** @param input header and claims, each in base64 */
    static String sign(String input, byte[] secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return input + '.' + BASE64.encodeToString(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String input(String header, String claims) {
        return BASE64.encodeToString(header.getBytes(StandardCharsets.UTF_8))
                + '.'
                + BASE64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
    }

    static String unsigned(String header, String claims) {
        return input(header, claims) + '.';
    }

    /** @param algorithm the value in the token's header, whether it fits the key or not */
    public static String signed(String algorithm, @Nullable String kid, String claims, PrivateKey key) {
        String header = "{\"alg\":\"" + algorithm + '"' + (kid == null ? "" : ",\"kid\":\"" + kid + '"') + "}";
        String scheme = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSAinP1363Format";
            default -> "Ed25519";
        };
        try {
            Signature signature = Signature.getInstance(scheme);
            signature.initSign(key);
            signature.update(input(header, claims).getBytes(StandardCharsets.US_ASCII));
            return input(header, claims) + '.' + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A key pair for this algorithm. */
    public static KeyPair keys(String algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(
                    switch (algorithm) {
                        case "RS256" -> "RSA";
                        case "ES256" -> "EC";
                        default -> "Ed25519";
                    });
            if (algorithm.equals("RS256")) {
                generator.initialize(2048);
            } else if (algorithm.equals("ES256")) {
                generator.initialize(256);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    /** The key as an element of a JWKS. */
    public static String jwk(String kid, PublicKey key) {
        String common = "{\"kid\":\"" + kid + "\",\"use\":\"sig\",";
        if (key instanceof RSAPublicKey rsa) {
            return common + "\"kty\":\"RSA\",\"n\":\"" + base64(rsa.getModulus().toByteArray()) + "\",\"e\":\""
                    + base64(rsa.getPublicExponent().toByteArray()) + "\"}";
        }
        byte[] encoded = key.getEncoded();
        if (key instanceof ECPublicKey) {
            byte[] x = Arrays.copyOfRange(encoded, encoded.length - 64, encoded.length - 32);
            byte[] y = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
            return common + "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + BASE64.encodeToString(x) + "\",\"y\":\""
                    + BASE64.encodeToString(y) + "\"}";
        }
        if (key instanceof EdECPublicKey) {
            byte[] x = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
            return common + "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + BASE64.encodeToString(x) + "\"}";
        }
        throw new IllegalArgumentException(key.getAlgorithm());
    }

    /** Base64 of an unsigned number, without Java's sign byte. */
    private static String base64(byte[] number) {
        return BASE64.encodeToString(number[0] == 0 ? Arrays.copyOfRange(number, 1, number.length) : number);
    }

    static AuthSettings.Jwt settings(@Nullable String issuer, @Nullable String audience) {
        return new AuthSettings.Jwt(null, null, null, issuer, audience, 10, null, false);
    }

    /** An authenticator that accepts the tokens of {@link #hs256}. */
    public static Authenticator authenticator(GatewayMetrics metrics, LongSupplier clockMs) {
        try {
            Path file = Files.createTempFile("hibiki-secret-", "");
            KeySet keys = new KeySet(null);
            keys.readSecret(Files.writeString(file, SECRET + "\n"));
            Files.delete(file);
            return new Authenticator(settings(null, null), keys, metrics, clockMs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
