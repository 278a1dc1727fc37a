package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.PrintedCommand;
import dev.hibiki.testing.RedisClusterFixture;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gateway follows its channels and streams to other nodes of a cluster. */
final class RedisClusterIT {
    private static final String PASSWORD = "hirake-goma-4711";
    private static final String RIGHTS_IN_README =
            "+psubscribe +ping +client|setname +publish" + " +cluster|nodes +info +hello +ssubscribe +spublish"
                    + " +set +pttl +pubsub|shardnumsub"
                    + " ~* +xread +xrange +xrevrange +xinfo|stream +xadd";

    private static RedisClusterFixture cluster;

    private String elsewhere = "";

    @BeforeAll
    static void start() {
        cluster = RedisClusterFixture.start(("--user gateway on >" + PASSWORD + " &* " + RIGHTS_IN_README).split(" "));
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    @BeforeEach
    void findAChannelOfAnotherMaster() {
        cluster.awaitComplete();
        RedisFixture master = cluster.masterOf(CHANNEL);
        elsewhere = IntStream.range(0, 100)
                .mapToObj(i -> "news-" + i)
                .filter(name -> cluster.masterOf(name) != master)
                .findFirst()
                .orElseThrow();
        for (String channel : List.of(CHANNEL, elsewhere)) {
            String mark = DrainMarks.keyBeside(channel);
            cluster.masterOf(mark).cli("DEL", mark);
        }
    }

    @Test
    void shouldFollowAChannelThroughACrashWithoutDisturbingOthers() {
        RedisFixture first = cluster.masterOf(CHANNEL);
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway =
                        RunningGateway.startReady("--redis", uri(), "--channel", CHANNEL, "--channel", elsewhere);
                WebSocketClient client = gateway.connect("/")) {
            assertServes(gateway, client, CHANNEL, 1);
            assertServes(gateway, client, elsewhere, 11);
            PrintedCommand.runFrom(log, Map.of("REDISCLI_AUTH", PASSWORD));
            assertThat(client.awaitText(PATIENCE)).contains("新しい動画");

            first.kill();
            gateway.awaitMetric("hibiki_channel_up{channel=\"" + CHANNEL + "\"}", 0);
            assertThat(gateway.get("/readyz").body())
                    .startsWith("ok: subscribed to Redis at ")
                    .contains("cannot read \"" + CHANNEL + "\": no Redis at 127.0.0.1:" + first.port());
            assertThat(cluster.publishSharded(elsewhere, event("JP", 21))).isEqualTo(1);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 21));

            cluster.awaitOtherMaster(CHANNEL, first);
            gateway.awaitMetric("hibiki_channel_up{channel=\"" + CHANNEL + "\"}", 1);
            assertServes(gateway, client, CHANNEL, 31);
            assertServes(gateway, client, elsewhere, 41);
            assertThat(log.linesWith(PASSWORD)).isEmpty();
            assertThat(log.linesWith("WARN Lost Redis"))
                    .singleElement()
                    .asString()
                    .contains(", node 127.0.0.1:" + first.port() + ", for \"" + CHANNEL + "\": ");
            List<String> away = log.linesWith("has been away for ");
            assertThat(away).doesNotHaveDuplicates();
            assertThat(log.linesWith("INFO Redis at the cluster of ")).hasSize(1);
            assertThat(log.linesWith("WARN Events on " + CHANNEL + " were lost"))
                    .hasSize(1);
            assertThat(log.linesWith("WARN")).hasSize(2 + away.size());
        } finally {
            first.restart();
        }
    }

    /** The rights of a user are those of each node. */
    @Test
    void shouldGoOnWithTheOtherSlotsWhenOneNodeTakesTheRightsAway() {
        RedisFixture master = cluster.masterOf(CHANNEL);
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway =
                        RunningGateway.startReady("--redis", uri(), "--channel", CHANNEL, "--channel", elsewhere);
                WebSocketClient client = gateway.connect("/")) {
            assertServes(gateway, client, CHANNEL, 1);
            master.cli("ACL", "SETUSER", "gateway", "resetchannels");
            gateway.awaitMetric("hibiki_channel_up{channel=\"" + CHANNEL + "\"}", 0);
            eventually()
                    .untilAsserted(() -> assertThat(gateway.get("/readyz").body())
                            .startsWith("ok: ")
                            .contains("\"" + CHANNEL + "\": no Redis at 127.0.0.1:" + master.port() + ": ", "NOPERM"));
            assertServes(gateway, client, elsewhere, 11);
            assertThat(log.linesWith("has been away for"))
                    .singleElement()
                    .asString()
                    .contains(
                            ", node 127.0.0.1:" + master.port() + ", for \"" + CHANNEL + "\"",
                            "NOPERM",
                            "Grant the user of Redis &" + CHANNEL + " +ssubscribe");

            master.cli("ACL", "SETUSER", "gateway", "&*");
            gateway.awaitMetric("hibiki_channel_up{channel=\"" + CHANNEL + "\"}", 1);
            assertServes(gateway, client, CHANNEL, 21);
            assertThat(gateway.metricSum("hibiki_gaps_total")).isOne();
        } finally {
            master.cli("ACL", "SETUSER", "gateway", "&*");
        }
    }

    @Test
    void shouldFollowAChannelThroughAnOrderlyFailover() {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketClient client = gateway.connect("/")) {
            assertServes(gateway, client, CHANNEL, 1);
            gateway.awaitSubscribed(cluster.failOver(CHANNEL));
            assertServes(gateway, client, CHANNEL, 11);
            assertThat(gateway.metric("hibiki_source_up{source=\"redis-sharded-pubsub\"}"))
                    .isOne();
        }
    }

    @Test
    void shouldFollowAChannelWhoseSlotMigrates() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketClient client = gateway.connect("/")) {
            assertServes(gateway, client, CHANNEL, 1);
            gateway.awaitSubscribed(cluster.migrate(CHANNEL));
            assertServes(gateway, client, CHANNEL, 11);
            assertThat(log.linesWith("Redis ended the subscription to ")).hasSize(1);
        }
    }

    @Test
    void shouldTellOfAShardedMessageThatIsTooLarge() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketClient client = gateway.connect("/")) {
            String publish = "return redis.call('SPUBLISH', KEYS[1], string.rep('x', 300000))";
            cluster.masterOf(CHANNEL).cli("EVAL", publish, "1", CHANNEL);
            assertServes(gateway, client, CHANNEL, 1);
            assertThat(gateway.metric("hibiki_events_rejected_total{channel=\"" + CHANNEL + "\",reason=\"too_large\"}"))
                    .isOne();
            assertThat(gateway.metricSum("hibiki_gaps_total")).isOne();
            assertThat(log.linesWith(
                            "WARN Rejected an event on " + CHANNEL + ": too_large: it is larger than 262144 bytes"))
                    .hasSize(1);
        }
    }

    @Test
    void shouldResumeOnAnotherGatewayFromAnIdThatIsMadeFromTheContent() {
        try (RunningGateway one = RunningGateway.startReady("--redis", uri());
                RunningGateway other = RunningGateway.startReady("--redis", uri());
                WebSocketClient before = one.connect("/")) {
            assertThat(cluster.publishSharded(CHANNEL, "{\"n\":1}")).isEqualTo(2);
            String last = Events.fields(before.awaitText(PATIENCE)).get("id");
            cluster.publishSharded(CHANNEL, event("JP", 2));
            other.awaitMetric("hibiki_events_in_total", 2);
            try (WebSocketClient after = other.connect("/?last_id=" + last)) {
                assertThat(after.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            }
        }
    }

    @Test
    void shouldLeaveClientsToAnotherGatewayWhereThereIsOneForTheirSlot() {
        String both = CHANNEL + ',' + elsewhere;
        try (LogCapture log = LogCapture.start();
                RunningGateway other = RunningGateway.startReady("--redis", uri(), "--channel", elsewhere)) {
            try (RunningGateway ending = RunningGateway.startReady("--redis", uri(), "--channel", both);
                    WebSocketClient client = ending.connect("/")) {
                ending.awaitConnections(1);
                ending.gateway().close();
                client.awaitClose(PATIENCE);
            }
            for (String channel : List.of(CHANNEL, elsewhere)) {
                String mark = DrainMarks.keyBeside(channel);
                assertThat(cluster.masterOf(mark).cli("PEXPIRE", mark, DrainMarksIT.LONG_MS))
                        .isEqualTo("1");
            }
            try (RunningGateway started = RunningGateway.start("--redis", uri(), "--channel", both)) {
                started.awaitNotReady("1 of 2 slots: ");
                started.awaitNotReady(DrainMarksIT.WAITING);
                other.gateway().close();
                started.awaitReady();
            }
            assertThat(log.linesWith("WARN")).isEmpty();
        }
    }

    @Test
    void shouldLeaveAMasterThatHangs() {
        RedisFixture first = cluster.masterOf(CHANNEL);
        try (RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketClient client = gateway.connect("/")) {
            assertServes(gateway, client, CHANNEL, 1);
            first.freeze();
            gateway.awaitSubscribed(cluster.awaitOtherMaster(CHANNEL, first));
            assertServes(gateway, client, CHANNEL, 11);
        } finally {
            first.thaw();
        }
    }

    /** After its demotion the old master stays in the cluster with its connections open. */
    @Test
    void shouldServePatternsOfClassicPubSubFromAnyNodeAndLeaveADemotedMaster() {
        try (RunningGateway gateway =
                        RunningGateway.startReady("--redis", uri(), "--redis-sharded", "false", "--channel", "news-*");
                WebSocketClient client = gateway.connect("/")) {
            cluster.masterOf(CHANNEL).publish("news-7", event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));

            gateway.awaitSubscribed(cluster.failOver("news-*"));
            cluster.masterOf(elsewhere).publish("news-7", event("JP", 2));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            assertThat(gateway.post("/publish/news-8", event("JP", 3)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 3));
        }
    }

    @Test
    void shouldReadEachStreamFromTheNodeOfItsSlotAndFollowAMove() {
        try (RunningGateway gateway = RunningGateway.startReady(
                        "--redis", uri(), "--source", "streams", "--channel", CHANNEL, "--channel", elsewhere);
                WebSocketClient client = gateway.connect("/")) {
            for (int i = 1; i < 21; i++) {
                if (i == 11) {
                    RedisFixture first = cluster.masterOf(CHANNEL);
                    cluster.failOver(CHANNEL);
                    cluster.masterOf(CHANNEL).cli("XADD", CHANNEL, "*", "data", event("JP", 100));
                    assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 100));
                    assertThat(cluster.masterOf(CHANNEL)).isNotSameAs(first);
                }
                String key = i % 2 == 0 ? CHANNEL : elsewhere;
                cluster.masterOf(key).cli("XADD", key, "*", "data", event("JP", i));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", i));
            }
            gateway.awaitReady();
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 21)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 21));
        } finally {
            cluster.masterOf(CHANNEL).cli("DEL", CHANNEL);
            cluster.masterOf(elsewhere).cli("DEL", elsewhere);
        }
    }

    @Test
    void shouldReportThatItsNodesAreNoCluster() {
        try (RedisFixture single = RedisFixture.start();
                RunningGateway gateway =
                        RunningGateway.start("--redis", "redis-cluster://127.0.0.1:" + single.port())) {
            gateway.awaitNotReady("This instance has cluster support disabled");
        }
    }

    /** Publishes ten events, half of them over HTTP, and requires that all arrive in order. */
    private static void assertServes(RunningGateway gateway, WebSocketClient client, String channel, int from) {
        for (int i = from; i < from + 10; i += 2) {
            assertThat(cluster.publishSharded(channel, event("JP", i))).isEqualTo(1);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", i));
            assertThat(gateway.post("/publish/" + channel, event("JP", i + 1)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", i + 1));
        }
    }

    private static String uri() {
        return "redis-cluster://gateway:" + PASSWORD + "@" + cluster.addresses();
    }
}
