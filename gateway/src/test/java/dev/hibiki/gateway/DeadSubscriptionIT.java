package dev.hibiki.gateway;

import static dev.hibiki.gateway.Events.CHANNEL;
import static dev.hibiki.gateway.Events.event;
import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.TcpProxy;
import dev.hibiki.testing.WebSocketClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A canary tells a subscription that is dead from one that is quiet. */
@ExtendWith(RedisExtension.class)
final class DeadSubscriptionIT {
    private static final String RETURNS = "hibiki_canary_round_trip_seconds_count{leg=\"redis\"}";
    private static final String DEAD = "hibiki_canary_failures_total{step=\"return\"}";
    private static final String UNPUBLISHED = "hibiki_canary_failures_total{step=\"publish\"}";

    private static void awaitReturn(RunningGateway gateway) {
        double before = gateway.metric(RETURNS);
        eventually().until(() -> gateway.metric(RETURNS) > before);
    }

    @Test
    void shouldMakeASubscriptionAnewThatAnswersPingsAndBringsNothing(RedisFixture redis) throws Exception {
        try (LogCapture log = LogCapture.start();
                TcpProxy proxy = TcpProxy.to(redis.port());
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", "redis://127.0.0.1:" + proxy.port(), "--canary-interval-ms", "2000");
                WebSocketClient client = WebSocketClient.to(gateway.ws("/"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            assertThat(client.awaitText(PATIENCE)).contains("hello");
            awaitReturn(gateway);

            // What a failover behind a proxy may leave of a subscription: every command is answered.
            proxy.swallow(text -> text.contains("$7\r\nmessage\r\n"));
            assertThat(redis.publish(CHANNEL, event("JP", 1))).isEqualTo(1);
            eventually()
                    .untilAsserted(() -> assertThat(log.linesWith("WARN Lost Redis"))
                            .singleElement()
                            .asString()
                            .contains("the subscription is dead: what was published ", " ms ago did not come back"));
            assertThat(gateway.metric(DEAD)).isPositive();
            proxy.swallow(text -> false);
            awaitReturn(gateway);

            gateway.awaitReady();
            assertThat(gateway.metricSum("hibiki_gaps_total")).isPositive();
            redis.publish(CHANNEL, event("JP", 2));
            String told = client.awaitText(PATIENCE);
            assertThat(told).isEqualTo("{\"$\":{\"gap\":{\"channel\":\"" + CHANNEL + "\",\"missed\":null}}}");
            while (told.contains("gap")) {
                told = client.awaitText(PATIENCE);
            }
            assertThat(told).isEqualTo(event("JP", 2));
        }
    }

    @Test
    void shouldKeepItsCanariesFromEveryClient(RedisFixture redis) {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri(), "--channel", "*");
                WebSocketClient client = gateway.connect("/")) {
            awaitReturn(gateway);
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(gateway.metric("hibiki_events_in_total")).isOne();
            assertThat(gateway.metricSum("hibiki_events_ignored_total")).isZero();
            assertThat(gateway.metricSum("hibiki_events_rejected_total")).isZero();
        }
    }

    @Test
    void shouldDoWithoutWhereRedisRefusesItAndSayWhatToGrant(RedisFixture redis) {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "+@all", "&" + CHANNEL);
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway =
                        RunningGateway.startReady("--redis", "redis://app:pw@127.0.0.1:" + redis.port());
                WebSocketClient client = gateway.connect("/")) {
            eventually()
                    .untilAsserted(() -> assertThat(log.linesWith("WARN"))
                            .singleElement()
                            .asString()
                            .contains("NOPERM", "&hibiki:canary:* +subscribe +publish", "--canary-interval-ms 0"));
            redis.cli("CLIENT", "KILL", "USER", "app");
            eventually().until(() -> log.linesWith("INFO Subscribed").size() == 2);
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(log.linesWith("Dead subscriptions are not looked for")).hasSize(1);
        }
    }

    @Test
    void shouldStayReadyButSayThatNothingCanBePublished(RedisFixture redis) {
        try (RunningGateway gateway =
                RunningGateway.startReady("--redis", redis.uri(), "--canary-interval-ms", "2000")) {
            awaitReturn(gateway);
            redis.cli("CLIENT", "PAUSE", "60000", "WRITE");
            eventually()
                    .untilAsserted(() -> assertThat(gateway.get("/readyz").body())
                            .matches(
                                    "ok: subscribed to \\S+ at \\S+; the canary cannot be published for \\d+ s: .*\n"));
            assertThat(gateway.metric(UNPUBLISHED)).isPositive();
            redis.cli("CLIENT", "UNPAUSE");
            gateway.awaitSubscribed(redis);
            assertThat(gateway.metric(DEAD)).isZero();
        }
    }
}
