package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.PrintedCommand;
import dev.hibiki.testing.Component;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway reads from a Redis over its Unix socket. */
final class RedisSocketIT {
    private static final String PASSWORD = "p@ss/word#%";
    private static final String IN_URI = "p%40ss%2Fword%23%25";
    private static final String ODD_CHANNEL = "-it's \"動画\" $HOME {a}";

    private static final String PROBES = "hibiki_canary_round_trip_seconds_count{leg=\"redis\"}";

    @TempDir
    Path folder = Path.of("");

    private RedisFixture start(Path socket) {
        Component.REDIS_SERVER.require();
        return RedisFixture.startLocal(
                "--unixsocket", socket.toString(), "--user", "gateway", "on", ">" + PASSWORD, "~*", "&*", "+@all");
    }

    @Test
    void shouldReadPubSubThroughARestart() {
        Path socket = folder.resolve("redis.sock");
        String uri = "redis-socket://gateway:" + IN_URI + '@' + socket;
        try (LogCapture log = LogCapture.start();
                RedisFixture redis = start(socket);
                RunningGateway gateway = RunningGateway.startReady("--redis", uri, "--channel", ODD_CHANNEL);
                WebSocketClient client = gateway.connect("/")) {
            assertThat(gateway.get("/readyz").body()).isEqualTo("ok: subscribed to Redis at " + socket + '\n');
            assertThat(redis.cli("CLIENT", "LIST")).contains("addr=" + socket);
            RunningGateway.eventually().until(() -> gateway.metric(PROBES) > 0);
            PrintedCommand.runFrom(log, Map.of("REDISCLI_AUTH", PASSWORD));
            assertThat(client.awaitText(PATIENCE)).contains("新しい動画");
            assertThat(log.lines()).noneMatch(line -> line.contains(PASSWORD) || line.contains(IN_URI));

            redis.kill();
            gateway.awaitNotReady("no Redis at " + socket + ": nothing accepts connections there");
            redis.restart();
            gateway.awaitReady();
            redis.publish(ODD_CHANNEL, event("JP", 2));
            RunningGateway.eventually()
                    .untilAsserted(() -> assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2)));
            assertThat(log.linesWith("WARN Lost Redis at " + socket)).hasSize(1);
        }
    }

    @Test
    void shouldReadStreamsOfADatabase() {
        Path socket = folder.resolve("a b.sock");
        try (LogCapture log = LogCapture.start();
                RedisFixture redis = start(socket);
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis",
                        "redis+socket://gateway:" + IN_URI + '@' + folder + "/a%20b.sock?db=2",
                        "--source",
                        "streams");
                WebSocketClient client = gateway.connect("/")) {
            RunningGateway.eventually().until(() -> gateway.metric(PROBES) > 0);
            PrintedCommand.runFrom(log, Map.of("REDISCLI_AUTH", PASSWORD));
            assertThat(client.awaitText(PATIENCE)).contains("新しい動画");
            assertThat(redis.cli("EXISTS", CHANNEL)).isEqualTo("0");
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 2)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
        }
    }

    @Test
    void shouldSayWhyASocketCannotBeUsed() throws IOException {
        Path missing = folder.resolve("missing.sock");
        try (RunningGateway gateway = RunningGateway.start("--redis", "redis-socket://" + missing)) {
            gateway.awaitNotReady("no Redis at " + missing + ": there is no such file");
        }
        Path file = Files.createFile(folder.resolve("file"));
        try (RunningGateway gateway = RunningGateway.start("--redis", "redis-socket://" + file)) {
            gateway.awaitNotReady("no Redis at " + file + ": nothing accepts connections there");
        }
    }
}
