package dev.hibiki.gateway.logging;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.auth.TestTokens;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No secret gets into the log, at any level and with any failure. */
final class SecretsIT {
    private static final String KEY = "publish-k3y-of-the-option";
    private static final String ADMIN_KEY = "k3y-of-the-operators";
    private static final String EXPECTATION = " HTTP/1.1\nHost: localhost\nExpect: x\nContent-Length: 5000\n\n";
    private static final String PASSWORD = "p4ssw0rd-of-redis";
    private static final String URL_PASSWORD = "p4ssw0rd-of-the-url";
    private static final String KEY_IN_FILE = "publish-k3y-of-the-file";

    @TempDir
    Path folder = Path.of("");

    private static RunningGateway start(Path keys, Path secret) {
        return RunningGateway.start(
                "--redis",
                "redis://user:" + PASSWORD + "@127.0.0.1:" + Ports.free(),
                "--publish-key",
                KEY,
                "--admin-key",
                ADMIN_KEY,
                "--publish-keys-file",
                keys.toString(),
                "--jwt-secret-file",
                secret.toString(),
                "--jwks-url",
                "http://user:" + URL_PASSWORD + "@127.0.0.1:" + Ports.free() + "/keys",
                "--jwt-cookie",
                "session",
                "--jwt-in-query",
                "true",
                "--allowed-origin",
                "https://shop.example");
    }

    /** Requests that are refused for something else than what is in their query. */
    private static void sendRefusedRequests(RunningGateway gateway, String token) throws IOException {
        sendRaw(gateway.gateway().clientPort(), "GET /ws?token=" + token + " HTTP/1.1\nHost: a\nHost: b\n\n");
        sendRaw(gateway.gateway().clientPort(), RawClient.UPGRADE.replace("/ws", "/ws?token=" + token + "&region=%zz"));
        String admin = "GET /sessions?key=" + ADMIN_KEY;
        sendRaw(gateway.gateway().adminPort(), admin + " HTTP/1.1\nHost: shop.example\n\n");
        sendRaw(gateway.gateway().adminPort(), admin + EXPECTATION);
    }

    private static void sendRaw(int port, String request) throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send(request);
            assertThat(client.read()).startsWith("HTTP/1.1 4");
        }
    }

    @Test
    void shouldLogNoKeyTokenOrPasswordEvenAtTrace() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), KEY_IN_FILE + "\n");
        Path secret = Files.writeString(folder.resolve("secret"), TestTokens.SECRET + "\n");
        String good = TestTokens.hs256(100, "'sub':'u','hibiki':{'channels':['*']}");
        String bad = TestTokens.hs256(-100, "'sub':'u'");
        try (LogCapture log = LogCapture.startOfEverything()) {
            try (RunningGateway gateway = start(keys, secret)) {
                for (String token : List.of(good, bad, good + "x")) {
                    WebSocketClient.to(gateway.ws("/?token=" + token)).attempt();
                    WebSocketClient.to(gateway.ws("/"))
                            .subprotocols("hibiki.v1", "bearer." + token)
                            .attempt();
                    WebSocketClient.to(gateway.ws("/"))
                            .header("Cookie", "session=" + token)
                            .attempt();
                    WebSocketClient.to(gateway.ws("/"))
                            .header("Authorization", "Bearer " + token)
                            .attempt();
                }
                sendRefusedRequests(gateway, good);
                // All gateways of this process share a limit for these lines.
                eventually().until(() -> {
                    sendRaw(gateway.gateway().clientPort(), "GET /ws?token=" + good + EXPECTATION);
                    return !log.linesWith("request=GET /ws status=").isEmpty();
                });
                for (String key : List.of(KEY, KEY_IN_FILE, KEY + "-wrong")) {
                    gateway.post("/publish/" + Events.CHANNEL, "{}", "Authorization", "Bearer " + key);
                }
                for (String key : List.of(ADMIN_KEY, KEY, ADMIN_KEY + "-wrong")) {
                    RunningGateway.send(gateway.adminRequest("/sessions")
                            .header("Authorization", "Bearer " + key)
                            .GET());
                }
                Files.writeString(keys, KEY_IN_FILE + " with a space\n");
                eventually().until(() -> !log.linesWith("stays in force").isEmpty());
                eventually().until(() -> !log.linesWith("could not fetch keys").isEmpty());
            }
            assertThat(log.linesWith("request=GET /sessions detail=Host: ")).hasSize(1);
            String signature = good.substring(good.lastIndexOf('.'));
            for (String hidden :
                    List.of(KEY, ADMIN_KEY, KEY_IN_FILE, TestTokens.SECRET, PASSWORD, URL_PASSWORD, signature, bad)) {
                assertThat(log.linesWith(hidden)).as(hidden).isEmpty();
            }
            assertThat(log.lines()).hasSizeGreaterThan(10);
        }
    }
}
