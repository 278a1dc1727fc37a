package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.RedisKind;
import dev.hibiki.testing.WebSocketClient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Valkey serves as Redis does. */
final class ValkeyIT {
    private static final String PASSWORD = "hirake-goma-4711";
    private static final String PROBES = "hibiki_canary_round_trip_seconds_count{leg=\"redis\"}";

    @ParameterizedTest
    @ValueSource(strings = {"pubsub", "streams"})
    void shouldServeThroughARestart(String source) {
        try (RedisFixture valkey = RedisFixture.start(RedisKind.VALKEY, "--requirepass", PASSWORD)) {
            assertThat(valkey.cli("INFO", "server")).contains("server_name:valkey");
            try (RunningGateway gateway = RunningGateway.startReady("--redis", valkey.uri(), "--source", source);
                    WebSocketClient client = gateway.connect("/")) {
                assertServes(gateway, client, 1);
                eventually().until(() -> gateway.metric(PROBES) > 0);
                valkey.kill();
                gateway.awaitNotReady("nothing accepts connections there");
                valkey.restart();
                gateway.awaitReady();
            }
            try (RunningGateway gateway = RunningGateway.startReady("--redis", valkey.uri(), "--source", source);
                    WebSocketClient client = gateway.connect("/")) {
                assertServes(gateway, client, 11);
            }
        }
    }

    private static void assertServes(RunningGateway gateway, WebSocketClient client, long sequence) {
        assertThat(gateway.post("/publish/" + CHANNEL, event("JP", sequence)).statusCode())
                .isEqualTo(202);
        assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", sequence));
    }
}
