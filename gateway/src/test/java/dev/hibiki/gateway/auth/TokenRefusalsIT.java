package dev.hibiki.gateway.auth;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Refusals and closes because of tokens, on each protocol, with the metrics that count them. */
public final class TokenRefusalsIT {
    private static final String HANDSHAKES = "hibiki_handshakes_total{status=\"%s\"}";
    private static final String CLOSES = "hibiki_closes_total{reason=\"%s\"}";
    private static final String TOKENS = "hibiki_tokens_total{result=\"%s\"}";
    private static final String ALL = "'hibiki':{'channels':['*']}";
    private static final String NOTHING = "'hibiki':{'channels':['other']}";

    @TempDir
    Path folder = Path.of("");

    private RunningGateway withSecret(String... flags) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), TestTokens.SECRET + "\n");
        return RunningGateway.startReady(Stream.concat(Stream.of(flags), Stream.of("--jwt-secret-file", "" + file))
                .toArray(String[]::new));
    }

    private static HandshakeResponse plain(RunningGateway gateway, String token) {
        return WebSocketClient.to(gateway.ws("/"))
                .header("Authorization", "Bearer " + token)
                .attempt();
    }

    private static WebSocketClient controlled(RunningGateway gateway, String token) {
        return WebSocketClient.to(gateway.ws("/"))
                .subprotocols("hibiki.v1", "bearer." + token)
                .connect();
    }

    private static HttpResponse<String> stream(RunningGateway gateway, String token) {
        return RunningGateway.send(gateway.clientRequest("/sse").header("Authorization", "Bearer " + token));
    }

    private static String ofUser(String user) {
        return TestTokens.hs256(1_000, "'sub':'" + user + "'," + ALL);
    }

    private static void requireTold(WebSocketClient client, Closure close, String... messages) {
        for (String message : messages) {
            assertThat(client.awaitText(PATIENCE)).contains(message);
        }
        assertThat(client.awaitClose(PATIENCE)).isEqualTo(close);
        assertThat(client.unread()).isZero();
    }

    @Test
    void shouldRefuseAnInvalidTokenOnEachProtocol() throws IOException {
        try (RunningGateway gateway = withSecret()) {
            String expired = TestTokens.hs256(-100, ALL);
            assertThat(plain(gateway, expired).status()).isEqualTo(401);
            assertThat(plain(gateway, expired).header("WWW-Authenticate")).hasValue("Bearer error=\"invalid_token\"");
            HttpResponse<String> stream = stream(gateway, expired);
            assertThat(stream.statusCode()).isEqualTo(401);
            assertThat(stream.headers().firstValue("WWW-Authenticate")).hasValue("Bearer error=\"invalid_token\"");
            try (WebSocketClient client = controlled(gateway, expired)) {
                requireTold(client, new Closure(4001, "bad token"), "\"error\":{\"code\":\"bad_token\"");
            }
            assertThat(gateway.metric(HANDSHAKES.formatted("401"))).isEqualTo(4);
            assertThat(gateway.metric(TOKENS.formatted("expired"))).isEqualTo(4);
        }
    }

    @Test
    void shouldRefuseAChannelThatTheTokenDoesNotAllowOnEachProtocol() throws IOException {
        try (RunningGateway gateway = withSecret()) {
            String narrow = TestTokens.hs256(100, NOTHING);
            assertThat(plain(gateway, narrow).status()).isEqualTo(403);
            assertThat(stream(gateway, narrow).statusCode()).isEqualTo(403);
            try (WebSocketClient client = controlled(gateway, narrow)) {
                requireTold(client, new Closure(4003, "forbidden"), "\"error\":{\"code\":\"forbidden\"");
            }
            assertThat(gateway.metric(HANDSHAKES.formatted("403"))).isEqualTo(3);
            assertThat(gateway.metric(TOKENS.formatted("ok"))).isEqualTo(3);
        }
    }

    /** A header that is the JSON value null, and neighbours of it. */
    @Test
    void shouldAnswerATokenOfAnyContentWith401AndLogNoException() throws IOException {
        List<String> tokens = List.of(
                "bnVsbA.e30.AAAA",
                "W10.e30.AAAA",
                "e30.bnVsbA.AAAA",
                "eyJhbGciOm51bGx9.e30.AAAA",
                "..",
                "e30.e30.AAAA=");
        try (RunningGateway gateway = withSecret()) {
            for (String token : tokens) {
                assertThat(plain(gateway, token).status()).isEqualTo(401);
                assertThat(stream(gateway, token).statusCode()).isEqualTo(401);
            }
            assertThat(gateway.metric(TOKENS.formatted("malformed"))).isEqualTo(2 * tokens.size());
        }
    }

    /** An EventSource gives up for good when it gets a 503. */
    @Test
    void shouldTellClientsToComeBackWhileTheKeysAreNotLoaded() {
        String url = "http://127.0.0.1:" + Ports.free() + "/keys";
        try (RunningGateway gateway = RunningGateway.startReady("--jwks-url", url)) {
            String token = TestTokens.signed(
                    "ES256",
                    "one",
                    TestTokens.claims(100, ALL),
                    TestTokens.keys("ES256").getPrivate());
            HandshakeResponse refused = plain(gateway, token);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).hasValue("5");
            HttpResponse<String> stream = stream(gateway, token);
            assertThat(stream.statusCode()).isEqualTo(200);
            assertThat(stream.body()).matches("retry: ([1-9]|10)000\n\n");
            try (WebSocketClient client = controlled(gateway, token)) {
                requireTold(
                        client,
                        new Closure(1013, "overloaded: too many new clients at once"),
                        "\"error\":{\"code\":\"try_later\"",
                        "\"bye\":{\"code\":1013,\"retry_ms\":[1000,10000]}");
            }
            assertThat(gateway.metric(HANDSHAKES.formatted("503"))).isEqualTo(2);
            assertThat(gateway.metric(HANDSHAKES.formatted("1013"))).isOne();
            assertThat(gateway.metric(TOKENS.formatted("keys_awaited"))).isEqualTo(3);
        }
    }

    @Test
    void shouldLimitTheSessionsOfAUserWithoutSpendingTheHandshakeBudget() throws IOException {
        try (RunningGateway gateway = withSecret("--max-sessions-per-user", "1", "--handshake-rate", "1");
                WebSocketClient inside = controlled(gateway, ofUser("a"))) {
            assertThat(inside.awaitText(PATIENCE)).contains("hello");
            int refused = 100; // Far beyond the budget.
            for (int i = 0; i < refused / 2; i++) {
                HandshakeResponse second = plain(gateway, ofUser("a"));
                assertThat(second.status()).isEqualTo(429);
                assertThat(second.header("Retry-After").orElse("")).matches("[1-9]|10");
                HttpResponse<String> stream = stream(gateway, ofUser("a"));
                assertThat(stream.statusCode()).isEqualTo(429);
                assertThat(stream.headers().firstValue("Retry-After").orElse(""))
                        .matches("[1-9]|10");
            }
            assertThat(gateway.metric("hibiki_refused_total{reason=\"user_sessions\"}"))
                    .isEqualTo(refused);
            assertThat(gateway.metric(HANDSHAKES.formatted("429"))).isEqualTo(refused);
            eventually().until(() -> plain(gateway, ofUser("b")).status() == 101);
            assertThat(inside.closeNormally().code()).isEqualTo(1000);
        }
    }

    @Test
    void shouldCloseAPlainClientWithOnlyACodeWhenItsTokenExpires() throws IOException {
        try (RunningGateway gateway = withSecret("--jwt-leeway-s", "0");
                WebSocketClient client = WebSocketClient.to(gateway.ws("/"))
                        .header("Authorization", "Bearer " + TestTokens.hs256(2, ALL))
                        .connect()) {
            requireTold(client, new Closure(4101, "token expired"));
            gateway.awaitMetric(CLOSES.formatted("4101"), 1);
        }
    }

    @Test
    void shouldAnswerAForbiddenSubscribeWithAnErrorAndCloseAClientThatRenewsWithAnInvalidToken() throws IOException {
        try (RunningGateway gateway = withSecret("--channel", "mine", "--channel", "other");
                WebSocketClient client =
                        controlled(gateway, TestTokens.hs256(1_000, "'hibiki':{'channels':['mine']}"))) {
            assertThat(client.awaitText(PATIENCE)).contains("hello");
            client.sendText("{\"$\":{\"subscribe\":{\"channel\":\"other\"}}}");
            assertThat(client.awaitText(PATIENCE)).contains("\"error\":{\"code\":\"forbidden\"");
            gateway.post("/publish/mine", Events.event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));

            String auth = "{\"$\":{\"auth\":{\"token\":\"x\"}}}";
            eventually().until(() -> {
                client.sendText(auth); // The client may renew once a second: the second message is too early.
                return client.awaitText(PATIENCE).contains("bad_token");
            });
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(new Closure(4001, "bad token"));
            gateway.awaitMetric(CLOSES.formatted("4001"), 1);
            assertThat(gateway.metric(TOKENS.formatted("malformed"))).isOne();
        }
    }
}
