package dev.hibiki.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.auth.TokenException.Reason;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticatorTest {
    private static final long NOW_S = 2_000_000_000;
    private static final String GOOD = "{\"exp\":2000000100,\"sub\":\"u\",\"hibiki\":{\"channels\":[\"ch\"]}}";

    @TempDir
    Path folder = Path.of("");

    private final GatewayMetrics metrics = new GatewayMetrics();
    private final KeySet keys = new KeySet(null);
    private Authenticator authenticator = withClaims(null, null);

    private Authenticator withClaims(@Nullable String issuer, @Nullable String audience) {
        return new Authenticator(TestTokens.settings(issuer, audience), keys, metrics, () -> NOW_S * 1_000);
    }

    @AfterEach
    void close() {
        metrics.close();
    }

    private void useSecret() throws IOException {
        keys.readSecret(Files.writeString(folder.resolve("secret"), TestTokens.SECRET));
    }

    private KeyPair usePublicKey(String algorithm) throws IOException {
        KeyPair pair = TestTokens.keys(algorithm);
        keys.readPublicKeys(Files.writeString(folder.resolve("pem"), TestTokens.pem(pair.getPublic())));
        return pair;
    }

    private void requireRefused(String token, Reason reason) {
        TokenException refused = catchThrowableOfType(TokenException.class, () -> authenticator.verify(token));
        assertThat(refused)
                .as(token)
                .isNotNull()
                .extracting(TokenException::reason)
                .isEqualTo(reason);
        assertThat(metrics.scrape()).contains("hibiki_tokens_total{result=\"" + reason.label() + "\"}");
    }

    @Test
    void shouldAcceptATokenThatIsSignedWithTheSecret() throws Exception {
        useSecret();

        Grant grant = authenticator.verify(TestTokens.hs256(GOOD));

        assertThat(grant.subject()).isEqualTo("u");
        assertThat(grant.rights()).isEqualTo(new Rights(List.of("ch"), List.of("*")));
        assertThat(grant.secondsLeft()).isEqualTo(110);
        assertThat(metrics.scrape()).contains("hibiki_tokens_total{result=\"ok\"} 1.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "EdDSA", "Ed25519"})
    void shouldAcceptATokenThatFitsThePublicKey(String algorithm) throws Exception {
        KeyPair pair = usePublicKey(algorithm);

        assertThat(authenticator
                        .verify(TestTokens.signed(algorithm, "any", GOOD, pair.getPrivate()))
                        .subject())
                .isEqualTo("u");
        requireRefused(
                TestTokens.signed(
                        algorithm, null, GOOD, TestTokens.keys(algorithm).getPrivate()),
                Reason.SIGNATURE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "EdDSA"})
    void shouldNeverUseAPublicKeyAsASecret(String algorithm) throws Exception {
        KeyPair pair = usePublicKey(algorithm);
        byte[] known = TestTokens.pem(pair.getPublic()).getBytes(StandardCharsets.UTF_8);

        requireRefused(TestTokens.hmac("{\"alg\":\"HS256\"}", GOOD, known), Reason.ALGORITHM);
        requireRefused(
                TestTokens.hmac("{\"alg\":\"HS256\"}", GOOD, pair.getPublic().getEncoded()), Reason.ALGORITHM);
    }

    @ParameterizedTest
    @CsvSource({"RS256,ES256", "ES256,EdDSA", "EdDSA,RS256", "RS256,PS256", "RS256,RS512", "ES256,ES384"})
    void shouldRefuseAnAlgorithmThatDoesNotFitTheKey(String ofKey, String ofHeader) throws Exception {
        KeyPair pair = usePublicKey(ofKey);

        requireRefused(TestTokens.signed(ofHeader, null, GOOD, pair.getPrivate()), Reason.ALGORITHM);
    }

    @Test
    void shouldRefuseATokenWithoutSignature() throws Exception {
        useSecret();

        requireRefused(TestTokens.unsigned("{\"alg\":\"none\"}", GOOD), Reason.MALFORMED);
        requireRefused(TestTokens.unsigned("{\"alg\":\"None\"}", GOOD), Reason.MALFORMED);
        requireRefused(TestTokens.unsigned("{\"alg\":\"HS256\"}", GOOD), Reason.MALFORMED);
    }

    @Test
    void shouldRefuseATokenThatItDoesNotUnderstand() throws Exception {
        useSecret();
        byte[] secret = TestTokens.SECRET.getBytes(StandardCharsets.UTF_8);

        requireRefused(TestTokens.hmac("{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", GOOD, secret), Reason.MALFORMED);
        requireRefused(
                TestTokens.hmac("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", GOOD, secret),
                Reason.MALFORMED);
        for (String garbage : List.of("a", "a.b", "a.b.c", "..", "a.b.c.d", "é", "x".repeat(10_000))) {
            requireRefused(garbage, Reason.MALFORMED);
        }
        requireRefused("", Reason.MISSING);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"sub\":\"u\"} | CLAIMS",
                "{\"exp\":1999999990} | EXPIRED",
                "{\"exp\":1999999991} | ",
                "{\"exp\":\"soon\"} | CLAIMS",
                "{\"exp\":2000000100,\"nbf\":2000000011} | NOT_YET",
                "{\"exp\":2000000100,\"nbf\":2000000010} | ",
                "{\"exp\":2000000100,\"hibiki\":1} | CLAIMS",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":[1]}} | CLAIMS",
                "{\"exp\":2000000100,\"hibiki\":{\"regions\":{}}} | CLAIMS",
                "[] | CLAIMS"
            })
    void shouldCheckTheClaims(String claims, @Nullable Reason reason) throws Exception {
        useSecret();
        if (reason == null) {
            assertThat(authenticator.verify(TestTokens.hs256(claims))).isNotNull();
        } else {
            requireRefused(TestTokens.hs256(claims), reason);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"iss\":\"i\",\"aud\":\"a\" | ",
                "\"iss\":\"i\",\"aud\":[\"b\",\"a\"] | ",
                "\"iss\":\"j\",\"aud\":\"a\" | ISSUER",
                "\"aud\":\"a\" | ISSUER",
                "\"iss\":\"i\",\"aud\":\"b\" | AUDIENCE",
                "\"iss\":\"i\" | AUDIENCE"
            })
    void shouldCheckIssuerAndAudienceIfConfigured(String claims, @Nullable Reason reason) throws Exception {
        useSecret();
        authenticator = withClaims("i", "a");
        String token = TestTokens.hs256("{\"exp\":2000000100," + claims + "}");
        if (reason == null) {
            assertThat(authenticator.verify(token)).isNotNull();
        } else {
            requireRefused(token, reason);
        }
    }

    @Test
    void shouldAllowNothingWithoutTheHibikiClaim() throws Exception {
        useSecret();

        assertThat(authenticator
                        .verify(TestTokens.hs256("{\"exp\":2000000100}"))
                        .rights())
                .isEqualTo(new Rights(List.of(), List.of()));
        assertThat(authenticator
                        .verify(TestTokens.hs256("{\"exp\":2000000100,\"hibiki\":{}}"))
                        .rights()
                        .channels())
                .isEmpty();
    }

    @Test
    void shouldShareEqualRights() throws Exception {
        useSecret();

        assertThat(authenticator.verify(TestTokens.hs256(GOOD)).rights())
                .isSameAs(authenticator.verify(TestTokens.hs256(GOOD)).rights());
    }

    @Test
    void shouldRenewForTheSameSubjectOnly() throws Exception {
        useSecret();
        Grant grant = authenticator.verify(TestTokens.hs256(GOOD));

        assertThat(grant.renew(TestTokens.hs256(GOOD)).subject()).isEqualTo("u");
        assertThat(catchThrowableOfType(
                        TokenException.class, () -> grant.renew(TestTokens.hs256("{\"exp\":2000000100}"))))
                .hasMessage("the new token has another user (sub) than the first one");
    }

    /** The value of a base64 character: the library accepts both alphabets. */
    private static char sixBits(char c) {
        return c == '+' ? '-' : c == '/' ? '_' : c;
    }

    @Test
    void shouldRefuseATokenWithAnyByteChanged() throws Exception {
        KeyPair pair = usePublicKey("ES256");
        useSecret();
        Random random = new Random(7);
        for (String good : List.of(TestTokens.hs256(GOOD), TestTokens.signed("ES256", null, GOOD, pair.getPrivate()))) {
            // Some bits of the last character have no meaning.
            for (int i = 0; i < good.length() - 1; i++) {
                char other = (char) (33 + random.nextInt(94));
                if (sixBits(other) != sixBits(good.charAt(i))) {
                    String changed = good.substring(0, i) + other + good.substring(i + 1);
                    assertThat(catchThrowableOfType(TokenException.class, () -> authenticator.verify(changed)))
                            .as(changed)
                            .isNotNull();
                }
            }
        }
    }
}
