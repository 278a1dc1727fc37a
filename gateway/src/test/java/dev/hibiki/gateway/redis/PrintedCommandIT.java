package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.PrintedCommand;
import dev.hibiki.testing.Component;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A person can paste the command of the log into a shell, and the event arrives. */
final class PrintedCommandIT {
    private static final String PASSWORD = "hirake $goma' 4711";

    @Test
    void shouldPublishToAPatternWithAPasswordAsked() {
        Component.REDIS_SERVER.require();
        try (LogCapture log = LogCapture.start();
                RedisFixture redis = RedisFixture.startLocal("--requirepass", PASSWORD);
                RunningGateway gateway =
                        RunningGateway.startReady("--redis", uri(redis), "--channel", "動画's [a-c] $x `y` !:*");
                WebSocketClient client = gateway.connect("/")) {
            String command = PrintedCommand.in(log);

            assertThat(command).doesNotContain("goma");
            assertThatThrownBy(() -> PrintedCommand.run(command, Map.of()))
                    .hasMessageContaining("export it first, with the password of Redis");
            PrintedCommand.run(command, Map.of("REDISCLI_AUTH", PASSWORD));
            assertThat(client.awaitText(PATIENCE)).contains("新しい動画");
        }
    }

    @Test
    void shouldAddToAStreamOfTheDatabase() {
        Component.REDIS_SERVER.require();
        try (LogCapture log = LogCapture.start();
                RedisFixture redis = RedisFixture.startLocal("--requirepass", PASSWORD);
                RunningGateway gateway =
                        RunningGateway.startReady("--redis", uri(redis) + "/3", "--source", "streams");
                WebSocketClient client = gateway.connect("/")) {
            PrintedCommand.runFrom(log, Map.of("REDISCLI_AUTH", PASSWORD));
            assertThat(client.awaitText(PATIENCE)).contains("新しい動画");
        }
    }

    private static String uri(RedisFixture redis) {
        return "redis://:hirake%20$goma'%204711@localhost:" + redis.port();
    }
}
