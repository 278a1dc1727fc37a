package dev.hibiki.gateway.auth;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.PhpScript;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens decide over real sockets which clients get which events. */
final class TokensIT {
    private static final String ALL = "'sub':'u','hibiki':{'channels':['*']}";

    @TempDir
    Path folder = Path.of("");

    private RunningGateway withSecret(String... flags) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), TestTokens.SECRET + "\n");
        String[] all = Arrays.copyOf(flags, flags.length + 2);
        all[flags.length] = "--jwt-secret-file";
        all[flags.length + 1] = file.toString();
        return RunningGateway.startReady(all);
    }

    private static WebSocketClient connect(RunningGateway gateway, String target, String token) {
        return WebSocketClient.to(gateway.ws(target))
                .subprotocols("hibiki.v1", "bearer." + token)
                .connect();
    }

    private static String claims(long expiresInSeconds) {
        return TestTokens.claims(expiresInSeconds, ALL);
    }

    @Test
    void shouldAdmitAClientWithATokenAndEchoOnlyTheSubprotocol() throws IOException {
        try (RunningGateway gateway = withSecret();
                WebSocketClient client = connect(gateway, "/", TestTokens.hs256(100, ALL))) {
            assertThat(client.handshake().headers("Sec-WebSocket-Protocol")).containsExactly("hibiki.v1");
            assertThat(client.awaitText(PATIENCE)).contains("\"expires_s\":1");
            gateway.post("/publish/" + CHANNEL, Events.event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
        }
    }

    /** Runs the PHP example of docs/security.md. */
    @Test
    void shouldAcceptTheTokenThatTheDocumentedExampleMakes() throws IOException {
        String security = Files.readString(GatewayProcess.ROOT.resolve("docs/security.md"));
        int start = security.indexOf("```php\n$base64");
        String example = security.substring(start + "```php\n".length(), security.indexOf("```", start + 3));
        Path secret = Files.writeString(folder.resolve("jwt-secret"), "0123456789abcdef".repeat(4) + "\n");
        Path script = Files.writeString(
                folder.resolve("token.php"), "<?php\n" + example.replace("'jwt-secret'", "'" + secret + "'"));
        PhpScript.Result made = PhpScript.at(script).run(PATIENCE);
        assertThat(made.exitCode()).as(made.toString()).isZero();

        try (LogCapture log = LogCapture.startOfEverything();
                RunningGateway gateway = RunningGateway.startReady("--jwt-secret-file", secret.toString());
                WebSocketClient client = connect(gateway, "/", made.stdout())) {
            assertThat(client.awaitText(PATIENCE)).contains("hello");
            assertThat(gateway.get("/sessions").body()).contains("\"user\":\"user-7\"");
            assertThat(gateway.get("/sessions?user=user-7").body()).contains("\"user\":\"user-7\"", "\"sessions\":1");
            assertThat(gateway.get("/sessions?user=user-8").body()).contains("\"sessions\":[]", "\"sessions\":0");
            gateway.post("/publish/" + CHANNEL, "[" + Events.event("US", 1) + "," + Events.event("KR", 2) + "]");
            assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("KR", 2));
            client.closeNormally();
            gateway.awaitConnections(0);
            assertThat(log.linesWith(" user=user-7 ")).hasSize(2); // One line for the open, one for the close.
        }
    }

    @Test
    void shouldRefuseWithAStatusOrForABrowserWithACloseCode() throws IOException {
        try (RunningGateway gateway = withSecret()) {
            HandshakeResponse plain = WebSocketClient.to(gateway.ws("/")).attempt();
            assertThat(plain.status()).isEqualTo(401);
            assertThat(plain.header("WWW-Authenticate")).hasValue("Bearer");

            try (WebSocketClient client = connect(gateway, "/", TestTokens.hs256(-100, ALL))) {
                assertThat(client.awaitText(PATIENCE)).contains("\"error\":{\"code\":\"bad_token\"");
                assertThat(client.awaitClose(PATIENCE).code()).isEqualTo(4001);
            }
            try (WebSocketClient client = connect(gateway, "/", TestTokens.hs256(100, "'sub':'u'"))) {
                assertThat(client.awaitText(PATIENCE)).contains("\"error\":{\"code\":\"forbidden\"");
                assertThat(client.awaitClose(PATIENCE).code()).isEqualTo(4003);
            }
            assertThat(gateway.metric("hibiki_handshakes_total{status=\"401\"}"))
                    .isEqualTo(2);
            assertThat(gateway.metric("hibiki_handshakes_total{status=\"403\"}"))
                    .isEqualTo(1);
            gateway.awaitConnections(0);
        }
    }

    @Test
    void shouldLimitTheSessionsOfEachUser() throws IOException {
        try (RunningGateway gateway = withSecret("--max-sessions-per-user", "2")) {
            String token = TestTokens.hs256(100, ALL);
            WebSocketClient first = connect(gateway, "/", token);
            try (WebSocketClient second = connect(gateway, "/", token)) {
                HandshakeResponse third = WebSocketClient.to(gateway.ws("/"))
                        .subprotocols("hibiki.v1", "bearer." + token)
                        .attempt();
                assertThat(third.status()).isEqualTo(429);
                assertThat(third.body()).contains("too many sessions of this user (expected: at most 2)");
                gateway.awaitMetric("hibiki_refused_total{reason=\"user_sessions\"}", 1);

                first.closeNormally();
                gateway.awaitConnections(1);
                connect(gateway, "/", token).close();
                second.closeNormally();
            }
            gateway.awaitConnections(0);
            first.close();
        }
    }

    @Test
    void shouldCloseWhenTheTokenExpiresUnlessItIsRenewed() throws IOException {
        try (RunningGateway gateway = withSecret("--jwt-leeway-s", "0");
                WebSocketClient renews = connect(gateway, "/", TestTokens.hs256(4, ALL));
                WebSocketClient does = connect(gateway, "/", TestTokens.hs256(4, ALL))) {
            assertThat(does.awaitText(PATIENCE)).contains("hello");
            assertThat(renews.awaitText(PATIENCE)).contains("hello");
            eventually().until(() -> {
                renews.sendText("{\"$\":{\"auth\":{\"token\":\"" + TestTokens.hs256(1_000, ALL) + "\"}}}");
                return renews.awaitText(PATIENCE).contains("authenticated");
            });

            assertThat(does.awaitText(PATIENCE)).contains("\"bye\":{\"code\":4101,");
            Closure end = does.awaitClose(PATIENCE);
            assertThat(end.code()).isEqualTo(4101);
            gateway.post("/publish/" + CHANNEL, Events.event("JP", 1));
            assertThat(renews.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
            gateway.awaitConnections(1);
        }
    }

    @Test
    void shouldRequireATokenForEventStreamsAndEndThemWhenItExpires() throws IOException {
        try (RunningGateway gateway = withSecret(
                "--jwt-leeway-s", "0", "--jwt-cookie", "session", "--allowed-origin", "https://shop.example")) {
            HttpResponse<String> refused = RunningGateway.send(gateway.clientRequest("/sse"));
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            HttpResponse<String> forbidden = RunningGateway.send(gateway.clientRequest("/sse?channel=" + CHANNEL)
                    .header("Origin", "https://shop.example")
                    .header("Authorization", "Bearer " + TestTokens.hs256(100, "'sub':'u'")));
            assertThat(forbidden.statusCode()).isEqualTo(403);
            assertThat(forbidden.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://shop.example");

            // The response completes only when the stream ends.
            HttpResponse<String> ended = RunningGateway.send(gateway.clientRequest("/sse")
                    .header("Origin", "https://shop.example")
                    .header("Cookie", "session=" + TestTokens.hs256(2, ALL)));
            assertThat(ended.statusCode()).isEqualTo(200);
            assertThat(ended.headers().firstValue("Access-Control-Allow-Credentials"))
                    .hasValue("true");
            assertThat(ended.body()).contains("event: bye").contains("\"code\":4101");
        }
    }

    @Test
    void shouldFollowTheKeysOfAUrl() throws IOException {
        KeyPair first = TestTokens.keys("ES256");
        KeyPair second = TestTokens.keys("RS256");
        String[] body = {"{\"keys\":[" + TestTokens.jwk("one", first.getPublic()) + "]}"};
        HttpServer issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext("/keys", exchange -> {
            byte[] bytes = body[0].getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        issuer.start();
        String url = "http://127.0.0.1:" + issuer.getAddress().getPort() + "/keys";
        try (RunningGateway gateway = RunningGateway.startReady("--jwks-url", url)) {
            eventually().until(() -> status(gateway, first, "ES256", "one") == 101);
            body[0] = "{\"keys\":[" + TestTokens.jwk("two", second.getPublic()) + "]}";
            eventually().until(() -> status(gateway, second, "RS256", "two") == 101);
            assertThat(status(gateway, first, "ES256", "one")).isIn(401, 503);

            issuer.stop(0);
            assertThat(status(gateway, second, "RS256", "two")).isEqualTo(101);
        } finally {
            issuer.stop(0);
        }
    }

    private static int status(RunningGateway gateway, KeyPair pair, String algorithm, String kid) {
        return WebSocketClient.to(gateway.ws("/"))
                .header("Authorization", "Bearer " + TestTokens.signed(algorithm, kid, claims(100), pair.getPrivate()))
                .attempt()
                .status();
    }

    @Test
    void shouldUseANewPublicKeyWithoutARestart() throws IOException {
        KeyPair old = TestTokens.keys("EdDSA");
        KeyPair next = TestTokens.keys("EdDSA");
        Path pem = Files.writeString(folder.resolve("keys.pem"), TestTokens.pem(old.getPublic()));
        try (RunningGateway gateway = RunningGateway.startReady("--jwt-public-key-file", pem.toString())) {
            assertThat(status(gateway, old, "EdDSA", "x")).isEqualTo(101);

            Files.writeString(pem, TestTokens.pem(old.getPublic()) + TestTokens.pem(next.getPublic()));

            eventually().until(() -> status(gateway, next, "EdDSA", "x") == 101);
            assertThat(status(gateway, old, "EdDSA", "x")).isEqualTo(101);
        }
    }
}
