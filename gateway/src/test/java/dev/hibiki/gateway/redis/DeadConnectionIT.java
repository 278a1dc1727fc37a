package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.TcpProxy;
import dev.hibiki.testing.WebSocketClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The canary through Redis detects a connection that is dead, not only quiet. */
@ExtendWith(RedisExtension.class)
final class DeadConnectionIT {
    private static final String RETURNS = "hibiki_canary_round_trip_seconds_count{leg=\"redis\"}";
    private static final String DEAD = "hibiki_canary_failures_total{step=\"return\"}";
    private static final String UNPUBLISHED = "hibiki_canary_failures_total{step=\"publish\"}";

    private static void publish(RedisFixture redis, String source, String event) {
        if (source.equals("streams")) {
            redis.cli("XADD", CHANNEL, "*", "data", event);
        } else {
            redis.publish(CHANNEL, event);
        }
    }

    private static void awaitReturn(RunningGateway gateway) {
        double before = gateway.metric(RETURNS);
        eventually().until(() -> gateway.metric(RETURNS) > before);
    }

    @Test
    void shouldRenewASubscriptionThatAnswersPingsButDeliversNothing(RedisFixture redis) throws Exception {
        try (LogCapture log = LogCapture.start();
                TcpProxy proxy = TcpProxy.to(redis.port());
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", "redis://127.0.0.1:" + proxy.port(), "--canary-interval-ms", "2000");
                WebSocketClient client = WebSocketClient.to(gateway.ws("/"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            assertThat(client.awaitText(PATIENCE)).contains("hello");
            awaitReturn(gateway);

            // A failover behind a proxy may leave such a subscription: every command is answered, but no message
            // arrives.
            proxy.swallow(text -> text.contains("$7\r\nmessage\r\n"));
            assertThat(redis.publish(CHANNEL, event("JP", 1))).isEqualTo(1);
            eventually()
                    .untilAsserted(() -> assertThat(log.linesWith("WARN Lost Redis"))
                            .singleElement()
                            .asString()
                            .contains("brings nothing any more: what was published ", " ago did not come back"));
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

    /** The address leads to another Redis now, but the old Redis still answers on the old connections. */
    @ParameterizedTest
    @ValueSource(strings = {"pubsub", "streams"})
    void shouldLeaveARedisThatItsAddressNoLongerLeadsTo(String source, RedisFixture redis) {
        try (RedisFixture other = RedisFixture.start();
                LogCapture log = LogCapture.start();
                TcpProxy proxy = TcpProxy.to(redis.port());
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis",
                        "redis://127.0.0.1:" + proxy.port(),
                        "--source",
                        source,
                        "--canary-interval-ms",
                        "2000");
                WebSocketClient client = gateway.connect("/")) {
            awaitReturn(gateway);
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));

            proxy.leadTo(other.port());
            eventually()
                    .untilAsserted(() -> assertThat(log.linesWith("WARN Lost Redis"))
                            .singleElement()
                            .asString()
                            .contains("brings nothing any more"));
            gateway.awaitReady();
            awaitReturn(gateway);
            publish(other, source, event("JP", 2));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 3)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 3));
        }
    }

    @Test
    void shouldKeepOnlyOneProbeEntryForAtMostAMinute(RedisFixture redis) {
        try (RunningGateway gateway = RunningGateway.startReady(
                        "--redis", redis.uri(), "--source", "streams", "--canary-interval-ms", "2000");
                WebSocketClient client = gateway.connect("/")) {
            awaitReturn(gateway);
            awaitReturn(gateway);
            String key = redis.cli("KEYS", "hibiki:canary:*").strip();
            assertThat(key).isNotEmpty().doesNotContain("\n");
            assertThat(redis.cli("XLEN", key).strip()).isEqualTo("1");
            assertThat(Long.parseLong(redis.cli("PTTL", key).strip())).isBetween(1L, 60_000L);

            publish(redis, "streams", event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            gateway.awaitMetric("hibiki_events_in_total", 1);
            assertThat(gateway.metricSum("hibiki_events_ignored_total")).isZero();
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"~CHANNEL", "~CHANNEL %W~hibiki:canary:*", "~CHANNEL %R~hibiki:canary:*", "~* -pexpire"})
    void shouldReadStreamsWithoutACanaryWhenRedisRefusesIt(String keys, RedisFixture redis) {
        String[] rules = ("ACL SETUSER app reset on >pw +@all " + keys.replace("CHANNEL", CHANNEL)).split(" ");
        assumeThat(redis.cli(rules)).as("Redis 7 or newer").startsWith("OK");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", "redis://app:pw@127.0.0.1:" + redis.port(), "--source", "streams");
                WebSocketClient client = gateway.connect("/")) {
            eventually()
                    .untilAsserted(() -> assertThat(log.linesWith("WARN"))
                            .singleElement()
                            .asString()
                            .contains("NOPERM", "~hibiki:canary:* +xread +xadd +pexpire", "--canary-interval-ms 0"));
            assertThat(redis.cli("KEYS", "hibiki:canary:*")).isBlank();
            publish(redis, "streams", event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
        }
    }

    /** It logs no failed publication or probe, because a replica may be intended. */
    @Test
    void shouldReadStreamsOfAReplicaAndProbeThemOnceItIsTheMaster() {
        try (RedisFixture redis = RedisFixture.startLocal();
                RedisFixture replica = RedisFixture.startLocal();
                LogCapture log = LogCapture.start()) {
            replica.cli("REPLICAOF", "127.0.0.1", "" + redis.port());
            eventually().until(() -> replica.cli("INFO", "replication").contains("master_link_status:up"));
            try (RunningGateway gateway = RunningGateway.startReady(
                            "--redis", replica.uri(), "--source", "streams", "--canary-interval-ms", "2000");
                    WebSocketClient client = gateway.connect("/")) {
                eventually()
                        .untilAsserted(() -> assertThat(log.linesWith("WARN"))
                                .singleElement()
                                .asString()
                                .contains("leads to a replica"));
                publish(redis, "streams", event("JP", 1));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
                assertThat(gateway.get("/readyz").body()).doesNotContain("canary");
                assertThat(gateway.metric(UNPUBLISHED)).isZero();

                replica.cli("REPLICAOF", "NO", "ONE");
                awaitReturn(gateway);
            }
        }
    }

    @Test
    void shouldNotDeliverItsProbesToClients(RedisFixture redis) {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri(), "--channel", "*");
                WebSocketClient client = gateway.connect("/")) {
            awaitReturn(gateway);
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            gateway.awaitMetric("hibiki_events_in_total", 1);
            assertThat(gateway.metricSum("hibiki_events_ignored_total")).isZero();
            assertThat(gateway.metricSum("hibiki_events_rejected_total")).isZero();
        }
    }

    @Test
    void shouldRunWithoutACanaryWhenRedisRefusesItAndLogTheRightsToGrant(RedisFixture redis) {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "+@all", "&" + CHANNEL, "~hibiki:drained:*");
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
            assertThat(log.linesWith("Dead connections to Redis are not looked for"))
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pubsub", "streams"})
    void shouldStayReadyButReportThatPublishingFails(String source, RedisFixture redis) {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", redis.uri(), "--source", source, "--canary-interval-ms", "2000")) {
            awaitReturn(gateway);
            redis.cli("CLIENT", "PAUSE", "60000", "WRITE");
            eventually()
                    .untilAsserted(
                            () -> assertThat(gateway.get("/readyz").body())
                                    .matches(
                                            "ok: (subscribed to|reading streams of) \\S+ at \\S+; the canary cannot be published for [1-9]\\d* m?s: .*\n"));
            assertThat(gateway.metric(UNPUBLISHED)).isPositive();
            assertThat(log.linesWith("WARN"))
                    .singleElement()
                    .asString()
                    .contains(
                            "The canary cannot be published to Redis at ", ": it did not answer in time. Events still");
            redis.cli("CLIENT", "UNPAUSE");
            eventually()
                    .untilAsserted(
                            () -> assertThat(gateway.get("/readyz").body()).doesNotContain("canary"));
            assertThat(log.linesWith("INFO The canary is published to Redis at "))
                    .hasSize(1);
            assertThat(gateway.metric(DEAD)).isZero();
        }
    }
}
