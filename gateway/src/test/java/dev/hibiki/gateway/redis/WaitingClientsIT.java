package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.auth.TestTokens;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.TcpProxy;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketClientBuilder;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients come before their streams are loaded: they are let in, and wait. */
@ExtendWith(RedisExtension.class)
final class WaitingClientsIT {
    private static final String OTHER = "other";
    private static final int PAST = 50;

    private final RedisFixture redis;

    @TempDir
    private Path folder;

    WaitingClientsIT(RedisFixture redis) {
        this.redis = redis;
    }

    private void add(String key, long from, long to) {
        for (long sequence = from; sequence < to; sequence++) {
            redis.cli("XADD", key, (sequence + 1) + "-0", "data", Events.withoutId(sequence));
        }
    }

    private static WebSocketClientBuilder controlled(RunningGateway gateway, String query) {
        return WebSocketClient.to(gateway.ws("/?" + query)).subprotocols("hibiki.v1");
    }

    @Test
    void shouldCountAgainstTheLimitOfTheirUser() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), TestTokens.SECRET);
        String bearer = "Bearer " + TestTokens.hs256(600, "'sub':'a','hibiki':{'channels':['*']}");
        add(CHANNEL, 0, PAST);
        try (TcpProxy address = TcpProxy.to(Ports.free());
                RunningGateway gateway = RunningGateway.start(
                        "--redis",
                        "redis://127.0.0.1:" + address.port(),
                        "--source",
                        "streams",
                        "--jwt-secret-file",
                        secret.toString(),
                        "--max-sessions-per-user",
                        "3");
                WebSocketClient resumes = controlled(gateway, "last_id=30-0")
                        .header("Authorization", bearer)
                        .connect();
                WebSocketClient begins =
                        controlled(gateway, "").header("Authorization", bearer).connect()) {
            HttpRequest.Builder request = gateway.clientRequest("/sse")
                    .header("Authorization", bearer)
                    .header("Last-Event-ID", "40-0");
            EventStreamReader stream = EventStreamReader.open(HttpClient.newHttpClient(), request.build());
            assertThat(stream.next("HTTP")).endsWith(" 200");
            assertThat(controlled(gateway, "")
                            .header("Authorization", bearer)
                            .attempt()
                            .status())
                    .isEqualTo(429);
            gateway.awaitConnections(3);
            assertThat(gateway.get("/sessions").body()).contains("\"total\":{\"sessions\":3,");
            assertThat(resumes.unread() + begins.unread())
                    .as("messages before the stream is loaded")
                    .isZero();

            address.leadTo(redis.port());
            gateway.awaitReady();
            add(CHANNEL, PAST, PAST + 1);
            assertThat(begins.awaitText(PATIENCE)).contains("\"resume\":\"new\"");
            assertThat(begins.awaitText(PATIENCE)).contains("\"seq\":" + PAST + ",");
            assertThat(resumes.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            for (int sequence = 30; sequence <= PAST; sequence++) {
                assertThat(resumes.awaitText(PATIENCE)).contains("\"seq\":" + sequence + ",");
            }
            for (int sequence = 40; sequence <= PAST; sequence++) {
                assertThat(stream.next("data: ")).contains("\"seq\":" + sequence + ",");
            }
        }
    }

    @Test
    void shouldWaitOnlyForTheChannelThatCannotBeLoaded() {
        redis.cli("SET", OTHER, "no stream");
        add(CHANNEL, 0, PAST);
        try (RunningGateway gateway = RunningGateway.start(
                        "--redis", redis.uri(), "--source", "streams", "--channel", CHANNEL, "--channel", OTHER);
                WebSocketClient reads = controlled(gateway, "channel=" + CHANNEL + "&last_id=48-0")
                        .connect();
                WebSocketClient waits = controlled(gateway, "channel=" + OTHER).connect()) {
            assertThat(reads.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            assertThat(reads.awaitText(PATIENCE)).contains("\"seq\":48,");
            assertThat(reads.awaitText(PATIENCE)).contains("\"seq\":49,");
            add(CHANNEL, PAST, PAST + 1);
            assertThat(reads.awaitText(PATIENCE)).contains("\"seq\":" + PAST + ",");
            assertThat(waits.unread())
                    .as("messages of the channel that is not loaded")
                    .isZero();

            redis.cli("DEL", OTHER);
            assertThat(waits.awaitText(PATIENCE)).contains("\"resume\":\"new\"");
            add(OTHER, 0, 1);
            assertThat(waits.awaitText(PATIENCE)).contains("\"seq\":0,");
        }
    }
}
