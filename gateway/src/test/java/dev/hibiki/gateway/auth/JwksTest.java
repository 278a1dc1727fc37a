package dev.hibiki.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.hibiki.gateway.auth.TokenException.Reason;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.support.LogCapture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys from a JWKS URL, served by the JDK's HTTP server. */
class JwksTest {
    private static final long NEVER_MS = 1_000_000_000;

    private final KeyPair first = TestTokens.keys("ES256");
    private final KeyPair second = TestTokens.keys("EdDSA");
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile String body = "{\"keys\":[" + TestTokens.jwk("one", first.getPublic()) + "]}";
    private volatile int status = 200;
    private HttpServer server;

    JwksTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void serve() {
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        background.shutdownNow();
        server.stop(0);
        metrics.close();
    }

    private Authenticator start(long refreshMs, long minIntervalMs) {
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
        Jwks jwks = new Jwks(url, background, metrics, refreshMs, minIntervalMs, System::nanoTime);
        KeySet keys = new KeySet(jwks);
        jwks.start();
        return new Authenticator(TestTokens.settings(null, null), keys, metrics, System::currentTimeMillis);
    }

    private static String token(String algorithm, String kid, KeyPair pair) {
        return TestTokens.signed(algorithm, kid, TestTokens.claims(100, ""), pair.getPrivate());
    }

    private static String outcome(Authenticator authenticator, String token) {
        TokenException refused = catchThrowableOfType(TokenException.class, () -> authenticator.verify(token));
        return refused == null ? "ok" : refused.reason().label();
    }

    private double fetches(String result) {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("hibiki_jwks_fetches_total{result=\"" + result))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void shouldLimitHowOftenUnknownKeysCauseAFetch() {
        Authenticator authenticator = start(NEVER_MS, NEVER_MS);
        String token = token("ES256", "one", first);

        await().until(() -> outcome(authenticator, token).equals("ok"));

        assertThat(outcome(authenticator, token("ES256", "one", TestTokens.keys("ES256"))))
                .isEqualTo(Reason.SIGNATURE.label());
        for (int i = 0; i < 20; i++) {
            assertThat(outcome(authenticator, token("ES256", "kid-" + i, first)))
                    .isEqualTo(Reason.UNKNOWN_KEY.label());
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    void shouldFetchAgainForAnUnknownKey() {
        Authenticator authenticator = start(NEVER_MS, 300);
        await().until(() -> outcome(authenticator, token("ES256", "one", first)).equals("ok"));
        body = "{\"keys\":[" + TestTokens.jwk("one", first.getPublic()) + ","
                + TestTokens.jwk("two", second.getPublic()) + "]}";

        String token = token("EdDSA", "two", second);
        await().until(() -> outcome(authenticator, token).equals("ok"));
    }

    @Test
    void shouldKeepTheKeysWhileTheUrlFailsAndNotRefuseGoodTokens() {
        Authenticator authenticator = start(50, 10);
        await().until(() -> outcome(authenticator, token("ES256", "one", first)).equals("ok"));

        status = 500;
        await().until(() -> fetches("failed") >= 2);
        assertThat(outcome(authenticator, token("ES256", "one", first))).isEqualTo("ok");
        assertThat(outcome(authenticator, token("ES256", "two", first))).isEqualTo(Reason.KEYS_AWAITED.label());

        body = "{\"keys\":[]}";
        status = 200;
        double failed = fetches("failed");
        await().until(() -> fetches("failed") > failed);
        assertThat(outcome(authenticator, token("ES256", "one", first))).isEqualTo("ok");
    }

    @Test
    void shouldDropAKeyThatIsNoLongerInTheSet() {
        Authenticator authenticator = start(50, 10);
        await().until(() -> outcome(authenticator, token("ES256", "one", first)).equals("ok"));

        body = "{\"keys\":[" + TestTokens.jwk("two", second.getPublic()) + "]}";

        await().until(() ->
                !outcome(authenticator, token("ES256", "one", first)).equals("ok"));
    }

    @Test
    void shouldSkipKeysThatItCannotUse() throws IOException {
        String rsa = TestTokens.jwk("rsa", TestTokens.keys("RS256").getPublic());

        assertThat(parse("{\"keys\":["
                        + TestTokens.jwk("one", first.getPublic()).replace("\"sig\"", "\"enc\"") + ","
                        + "{\"kty\":\"oct\",\"kid\":\"o\",\"k\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\"},"
                        + rsa.replace("\"use\"", "\"alg\":\"PS256\",\"use\"") + "," + rsa + "]}"))
                .extracting(VerificationKey::id)
                .containsExactly("rsa");
    }

    private static List<VerificationKey> parse(String json) throws IOException {
        return Jwks.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldSkipKeysThatAreNotValidWithOneLineForAllOfThem() throws IOException {
        String good = TestTokens.jwk("one", first.getPublic());
        String bad = String.join(
                ",",
                "null",
                "1",
                "[]",
                "{}",
                "{\"kty\":null}",
                "{\"kty\":\"RSA\"}",
                "{\"kty\":\"RSA\",\"n\":1,\"e\":[]}",
                "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}",
                "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
                "{\"kty\":\"RSA\",\"n\":\"" + "_".repeat(1_400) + "\",\"e\":\"AQAB\"}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAB\"}",
                "{\"kty\":\"EC\",\"crv\":{},\"x\":null,\"y\":true}");

        try (LogCapture log = LogCapture.start()) {
            assertThat(parse("{\"keys\":[" + bad + "," + good + "]}"))
                    .extracting(VerificationKey::id)
                    .containsExactly("one");
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("--jwks-url"))
                    .hasSize(1);
        }
    }

    @Test
    void shouldNameTheUrlThatFailsWithoutWhatMayBeSecret() {
        status = 404;
        int port = server.getAddress().getPort();
        URI url = URI.create("http://user:secret@127.0.0.1:" + port + "/realms/%E5%8B%95?key=secret");
        try (LogCapture log = LogCapture.start()) {
            new Jwks(url, background, metrics, NEVER_MS, NEVER_MS, System::nanoTime).start();
            await().until(() -> fetches("failed") > 0);
            assertThat(log.linesWith("WARN"))
                    .singleElement()
                    .asString()
                    .contains(" from http://127.0.0.1:" + port + "/realms/%E5%8B%95?…; ", "status 404")
                    .doesNotContain("secret");
        }
    }

    @Test
    void shouldKeepTheKeysWhateverTheUrlGives() {
        Authenticator authenticator = start(50, 10);
        await().until(() -> outcome(authenticator, token("ES256", "one", first)).equals("ok"));
        for (String wrong : List.of("null", "[".repeat(100_000), "{\"keys\":[null]}", "\"keys\"", "{\"keys\":{}}")) {
            double failed = fetches("failed");
            body = wrong;
            await().until(() -> fetches("failed") > failed);
            assertThat(outcome(authenticator, token("ES256", "one", first))).isEqualTo("ok");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"keys\":1}",
                "{\"keys\":null}",
                "{\"keys\":[]}",
                "{\"keys\":[],\"keys\":[]}",
                "{\"keys\":[]} x",
                "<html>"
            })
    void shouldRefuseAnInvalidKeySet(String json) {
        assertThatThrownBy(() -> parse(json)).isInstanceOf(IOException.class);
    }
}
