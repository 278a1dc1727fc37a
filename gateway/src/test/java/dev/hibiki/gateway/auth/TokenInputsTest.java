package dev.hibiki.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.auth.TokenException.Reason;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of strange content, with a valid signature where there can be one: each is refused, for a reason that is counted. */
class TokenInputsTest {
    private static final long NOW_S = 2_000_000_000;
    private static final String HEADER = "{\"alg\":\"HS256\"}";
    private static final String GOOD = "\"exp\":2000000100";
    private static final byte[] SECRET = TestTokens.SECRET.getBytes(StandardCharsets.UTF_8);

    private final GatewayMetrics metrics = new GatewayMetrics();
    private final Authenticator authenticator = TestTokens.authenticator(metrics, () -> NOW_S * 1_000);

    @AfterEach
    void close() {
        metrics.close();
    }

    private void requireRefused(String token, Reason... reasons) {
        TokenException refused = catchThrowableOfType(TokenException.class, () -> authenticator.verify(token));
        assertThat(refused).as(token).isNotNull();
        assertThat(refused.reason()).as(token).isIn((Object[]) reasons);
        assertThat(metrics.scrape())
                .contains("hibiki_tokens_total{result=\"" + refused.reason().label() + "\"}");
    }

    private static String signed(byte[] header, byte[] claims) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return TestTokens.sign(base64.encodeToString(header) + '.' + base64.encodeToString(claims), SECRET);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "1",
                "\"alg\"",
                "true",
                "{}",
                "",
                " ",
                "{",
                "{\"alg\":\"HS256\"",
                "{\"alg\":\"HS256\"}}",
                "{\"alg\":\"HS256\"}{}",
                "{\"alg\":\"HS256\"} null",
                "{\"alg\":\"HS256\",}",
                "{alg:\"HS256\"}",
                "{'alg':'HS256'}",
                "{\"alg\":\"HS256\"/**/}",
                "\uFEFF{\"alg\":\"HS256\"}",
                "{\"alg\":null}",
                "{\"alg\":[\"HS256\"]}",
                "{\"alg\":{}}",
                "{\"alg\":256}",
                "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
                "{\"alg\":\"none\",\"alg\":\"HS256\"}",
                "{\"alg\":\"HS256\",\"x\":{\"a\":1,\"a\":2}}",
                "{\"alg\":\"HS256\",\"kid\":1}",
                "{\"alg\":\"HS256\",\"kid\":null}",
                "{\"alg\":\"HS256\",\"kid\":[]}",
                "{\"alg\":\"HS256\",\"kid\":\"\\ud800\"}",
                "{\"alg\":\"HS256\",\"typ\":1}",
                "{\"alg\":\"HS256\",\"cty\":{}}",
                "{\"alg\":\"HS256\",\"crit\":null}",
                "{\"alg\":\"HS256\",\"crit\":[]}",
                "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
                "{\"alg\":\"HS256\",\"b64\":true}",
                "{\"alg\":\"HS256\",\"enc\":\"A128GCM\"}",
                "{\"alg\":\"HS256\",\"x\":NaN}",
                "{\"alg\":\"HS256\",\"x\":01}"
            })
    void shouldRefuseAHeaderThatIsNotAnObjectWithAnAlgorithm(String header) {
        requireRefused(signed(utf8(header), utf8("{" + GOOD + "}")), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"none", "None", "", "hs256", "HS256 ", "HS384", "HS512", "RS256", "ES256", "EdDSA", "é", "PS256"
            })
    void shouldRefuseAnotherAlgorithm(String algorithm) {
        requireRefused(signed(utf8("{\"alg\":\"" + algorithm + "\"}"), utf8("{" + GOOD + "}")), Reason.ALGORITHM);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "1",
                "{}",
                "{\"exp\":2000000100",
                "{\"exp\":2000000100} x",
                "{\"exp\":2000000100,\"exp\":2000000100}",
                "{\"exp\":1,\"exp\":2000000100}",
                "{\"exp\":null}",
                "{\"exp\":\"2000000100\"}",
                "{\"exp\":true}",
                "{\"exp\":[2000000100]}",
                "{\"exp\":{}}",
                "{\"exp\":-1}",
                "{\"exp\":-2000000100}",
                "{\"exp\":1e400}",
                "{\"exp\":-1e400}",
                "{\"exp\":1e999999999}",
                "{\"exp\":99999999999999999999}",
                "{\"exp\":2000000100000}",
                "{\"exp\":Infinity}",
                "{\"exp\":2000000100,\"nbf\":null}",
                "{\"exp\":2000000100,\"nbf\":\"1\"}",
                "{\"exp\":2000000100,\"nbf\":-1}",
                "{\"exp\":2000000100,\"iat\":\"now\"}",
                "{\"exp\":2000000100,\"iss\":1}",
                "{\"exp\":2000000100,\"iss\":null}",
                "{\"exp\":2000000100,\"sub\":1}",
                "{\"exp\":2000000100,\"sub\":null}",
                "{\"exp\":2000000100,\"sub\":[\"u\"]}",
                "{\"exp\":2000000100,\"sub\":\"\\ud800\"}",
                "{\"exp\":2000000100,\"jti\":{}}",
                "{\"exp\":2000000100,\"aud\":1}",
                "{\"exp\":2000000100,\"aud\":null}",
                "{\"exp\":2000000100,\"aud\":[\"a\",1]}",
                "{\"exp\":2000000100,\"aud\":[[\"a\"]]}",
                "{\"exp\":2000000100,\"hibiki\":null}",
                "{\"exp\":2000000100,\"hibiki\":[]}",
                "{\"exp\":2000000100,\"hibiki\":\"*\"}",
                "{\"exp\":2000000100,\"hibiki\":{},\"hibiki\":{}}",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":null}}",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":true}}",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":[\"a\",null]}}",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":[\"a\",[\"b\"]]}}",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":[\"\\ud800\"]}}",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":[],\"channels\":[\"*\"]}}",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":[\"*\"],\"regions\":null}}",
                "{\"exp\":2000000100,\"hibiki\":{\"channels\":[\"*\"],\"regions\":false}}"
            })
    void shouldRefuseClaimsOfWrongTypes(String claims) {
        requireRefused(signed(utf8(HEADER), utf8(claims)), Reason.CLAIMS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"exp\":2000000100}",
                "{\"exp\":2000000100.9}",
                "{\"exp\":2.0000001e9,\"nbf\":0,\"iat\":1.5}",
                "{ \"exp\" : 253402300799 , \"aud\" : \"a\", \"x\" : [[[{\"exp\":null}]]] }",
                "{\"\\u0065xp\":2000000100,\"hibiki\":{\"channels\":\"a\",\"x\":null}}"
            })
    void shouldAcceptEveryWayToWriteTheSame(String claims) throws TokenException {
        assertThat(authenticator.verify(signed(utf8(HEADER), utf8(claims)))).isNotNull();
    }

    @Test
    void shouldRefuseBytesThatAreNotUtf8() {
        byte[] overlong = "{\"exp\":2000000100,\"sub\":\"xx\"}".getBytes(StandardCharsets.ISO_8859_1);
        int at = overlong.length - 4;
        overlong[at] = (byte) 0xC1; // An overlong a.
        overlong[at + 1] = (byte) 0xA1;

        requireRefused(signed(utf8(HEADER), overlong), Reason.CLAIMS);
        requireRefused(signed(new byte[] {(byte) 0xFF}, utf8("{" + GOOD + "}")), Reason.MALFORMED);
        requireRefused(signed(HEADER.getBytes(StandardCharsets.UTF_16), utf8("{" + GOOD + "}")), Reason.MALFORMED);
    }

    @Test
    void shouldRefuseDeepNesting() {
        requireRefused(
                signed(utf8(HEADER), utf8("{" + GOOD + ",\"x\":" + "[".repeat(2_000) + "]".repeat(2_000) + "}")),
                Reason.CLAIMS);
        requireRefused(signed(utf8("{\"alg\":\"HS256\",\"x\":" + "{\"a\":".repeat(900)), utf8("{}")), Reason.MALFORMED);
    }

    @Test
    void shouldRefuseEveryOtherWayToWriteAToken() {
        String good = TestTokens.hs256("{" + GOOD + "}");
        String[] parts = good.split("\\.", -1);
        char last = good.charAt(good.length() - 1);
        // 32 bytes end in a character of which two bits mean nothing.
        String sameBytes = good.substring(0, good.length() - 1) + (char) (last + 1);
        for (String token : List.of(
                "bnVsbA.e30.AAAA",
                good + "=",
                good + "\n",
                good + ".",
                good + ".x",
                good + " " + good,
                "." + good,
                good.replaceFirst("\\.", ".."),
                parts[0] + "=." + parts[1] + "." + parts[2],
                parts[0] + "." + parts[1] + "=." + parts[2],
                parts[0] + ". " + parts[1] + "." + parts[2],
                parts[0] + "." + parts[1],
                parts[0] + "." + parts[1] + ".",
                parts[0] + ".." + parts[2],
                "." + parts[1] + "." + parts[2],
                "é" + good,
                "..",
                ".",
                "....",
                "x".repeat(8_193),
                "A".repeat(4_000) + "." + "A".repeat(4_000) + ".AAAA",
                sameBytes)) {
            requireRefused(token, Reason.MALFORMED);
        }
        requireRefused(parts[0] + "." + parts[1] + ".AAAA", Reason.SIGNATURE);
        requireRefused(parts[0] + "." + parts[1] + "." + parts[2] + "AAAA", Reason.SIGNATURE);
        assertThat(catchThrowableOfType(TokenException.class, () -> authenticator.verify(good)))
                .isNull();
    }
}
