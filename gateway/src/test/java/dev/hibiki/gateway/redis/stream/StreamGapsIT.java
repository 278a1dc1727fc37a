package dev.hibiki.gateway.redis.stream;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.TcpProxy;
import dev.hibiki.testing.WebSocketClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A gap stands where the entries were that are lost. */
@ExtendWith(RedisExtension.class)
final class StreamGapsIT {
    private final RedisFixture redis;

    StreamGapsIT(RedisFixture redis) {
        this.redis = redis;
    }

    private void add(int number) {
        redis.cli("XADD", CHANNEL, number + "000-0", "data", event("JP", number));
    }

    private static WebSocketClient client(RunningGateway gateway, String path) {
        return WebSocketClient.to(gateway.ws(path)).subprotocols("hibiki.v1").connect();
    }

    private static void awaitEvents(WebSocketClient client, int from, int to) {
        for (int i = from; i < to; i++) {
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", i));
        }
    }

    private static void awaitGap(WebSocketClient client, String missed) {
        assertThat(client.awaitText(PATIENCE))
                .isEqualTo("{\"$\":{\"gap\":{\"channel\":\"" + CHANNEL + "\",\"missed\":" + missed + "}}}");
    }

    @Test
    void shouldTellOfDeletedEntriesAtTheirPlace() {
        assumeThat(redis.cli("INFO", "server").contains("redis_version:6."))
                .as("older than Redis 7")
                .isFalse();
        try (TcpProxy proxy = TcpProxy.to(redis.port());
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", "redis://127.0.0.1:" + proxy.port(), "--source", "streams");
                WebSocketClient client = client(gateway, "/");
                WebSocketClient region = client(gateway, "/?region=JP")) {
            client.awaitText(PATIENCE);
            region.awaitText(PATIENCE);
            proxy.hold();
            for (int i = 1; i <= 10; i++) {
                add(i);
            }
            redis.cli("XDEL", CHANNEL, "5000-0", "6000-0");
            proxy.release();
            awaitEvents(client, 1, 5);
            awaitGap(client, "2");
            awaitEvents(client, 7, 11);
            awaitEvents(region, 1, 5);
            awaitGap(region, "null");
            awaitEvents(region, 7, 11);
            try (WebSocketClient before = client(gateway, "/?last_id=e4");
                    WebSocketClient after = client(gateway, "/?last_id=e7")) {
                assertThat(before.awaitText(PATIENCE)).contains("\"resume\":\"gap\"");
                awaitGap(before, "2");
                awaitEvents(before, 7, 11);
                assertThat(after.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
                awaitEvents(after, 8, 11);
            }
        }
    }
}
