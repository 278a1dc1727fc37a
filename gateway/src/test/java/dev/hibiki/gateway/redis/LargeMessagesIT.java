package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.TcpProxy;
import dev.hibiki.testing.WebSocketClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A message of Pub/Sub that is too large, and comes slowly, takes no other one with it: it is left out, and clients are told. */
@ExtendWith(RedisExtension.class)
final class LargeMessagesIT {
    private static final String PUBLISH = "return redis.call('PUBLISH', KEYS[1], string.rep('x', ARGV[1]))";

    private final RedisFixture redis;
    private final TcpProxy proxy;

    LargeMessagesIT(RedisFixture redis) {
        this.redis = redis;
        this.proxy = TcpProxy.to(redis.port());
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    @Test
    void shouldLoseNothingOfOtherChannels() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis",
                        "redis://127.0.0.1:" + proxy.port(),
                        "--channel",
                        "a,b,c*,*d",
                        "--canary-interval-ms",
                        "2000");
                WebSocketClient client = WebSocketClient.to(gateway.ws("/?channel=a&channel=b&channel=cd"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            client.awaitText(PATIENCE); // The greeting.
            proxy.slowDown(1_200_000);
            redis.publish("a", event("JP", 1));
            // For longer than a ping and a probe may take.
            redis.cli("EVAL", PUBLISH, "1", "b", "8000000");
            redis.cli("EVAL", PUBLISH, "1", "cd", "300000");
            redis.publish("a", event("JP", 2));

            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo("{\"$\":{\"gap\":{\"channel\":\"b\",\"missed\":1}}}");
            assertThat(client.awaitText(PATIENCE)).contains("\"gap\"", "\"cd\"", "\"missed\":1");
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            assertThat(gateway.metricSum("hibiki_events_rejected_total")).isEqualTo(2);
            assertThat(gateway.metricSum("hibiki_gaps_total")).isEqualTo(2);
            for (String channel : new String[] {"b", "cd"}) {
                assertThat(log.linesWith(
                                "WARN Rejected an event on " + channel + ": too_large: it is larger than 262144 bytes"))
                        .hasSize(1);
            }
            assertThat(log.linesWith("Lost Redis")).isEmpty();
            eventually().untilAsserted(() -> {
                redis.publish("a", event("JP", 3));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 3));
            });
        }
    }
}
