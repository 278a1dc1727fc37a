package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.PrintedCommand;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.RedisSentinelFixture;
import dev.hibiki.testing.WebSocketClient;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gateway follows the master that the Sentinels name. */
final class RedisSentinelIT {
    private static final String PASSWORD = "hirake-goma-4711";

    private RedisSentinelFixture trio;

    @BeforeEach
    void start() {
        trio = RedisSentinelFixture.start("--user", "gateway", "on", ">" + PASSWORD, "+@all", "~*", "&*");
    }

    @AfterEach
    void close() {
        trio.close();
    }

    @Test
    void shouldFollowTheMasterThroughAnOrderlyFailoverAndACrash() {
        RedisFixture first = trio.master();
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketClient client = gateway.connect("/")) {
            assertServes(gateway, client, first, 1);
            PrintedCommand.runFrom(log, Map.of("REDISCLI_AUTH", PASSWORD));
            assertThat(client.awaitText(PATIENCE)).contains("新しい動画");

            RedisFixture second = trio.failOver();
            gateway.awaitSubscribed(second);
            assertServes(gateway, client, second, 11);

            trio.awaitReplica();
            second.kill();
            gateway.awaitNotReady("no Redis at mymaster of the Sentinels 127.0.0.1:");
            trio.awaitOtherMaster(second);
            gateway.awaitSubscribed(first);
            assertServes(gateway, client, first, 21);
            // A Sentinel may cut the connections of a new master more than once.
            List<String> lost = log.linesWith("WARN Lost Redis");
            List<String> gaps = log.linesWith("WARN Events on " + CHANNEL + " were lost");
            assertThat(lost).hasSizeGreaterThanOrEqualTo(2);
            assertThat(gaps).hasSizeBetween(2, lost.size());
            List<String> away = log.linesWith("has been away for ");
            assertThat(log.linesWith("WARN")).hasSize(lost.size() + gaps.size() + away.size());
        }
    }

    @Test
    void shouldLeaveAFrozenMasterAndNotReturnWhenItThaws() {
        RedisFixture first = trio.master();
        try (RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketClient client = gateway.connect("/")) {
            assertServes(gateway, client, first, 1);

            first.freeze();
            RedisFixture second = trio.awaitOtherMaster(first);
            gateway.awaitSubscribed(second);
            assertServes(gateway, client, second, 11);

            first.thaw();
            trio.awaitReplica();
            gateway.awaitSubscribed(second);
            assertServes(gateway, client, second, 21);
        }
    }

    /** Nothing closes such a connection, because the old master does not learn of its demotion. */
    @Test
    void shouldLeaveAFormerMasterThatStillAnswers() {
        RedisFixture first = trio.master();
        try (RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketClient client = gateway.connect("/")) {
            assertServes(gateway, client, first, 1);
            trio.hideFromSentinels(first);
            RedisFixture second = trio.awaitOtherMaster(first);

            gateway.awaitSubscribed(second);
            assertServes(gateway, client, second, 11);
            assertThat(first.cli("PUBSUB", "NUMSUB", CHANNEL)).isEqualTo(CHANNEL + "\n0");
        }
    }

    @Test
    void shouldContinueReadingAStreamOnTheNewMaster() {
        RedisFixture first = trio.master();
        try (RunningGateway gateway = RunningGateway.startReady("--redis", uri(), "--source", "streams");
                WebSocketClient client = gateway.connect("/")) {
            first.cli("XADD", CHANNEL, "*", "data", event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));

            trio.hideFromSentinels(first);
            RedisFixture second = trio.awaitOtherMaster(first);
            second.cli("XADD", CHANNEL, "*", "data", event("JP", 2));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            gateway.awaitReady();
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 3)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 3));
            assertThat(second.cli("XLEN", CHANNEL)).isEqualTo("3");
        }
    }

    @Test
    void shouldWorkWithSomeSentinelsDownAndWithAllDownWhileTheMasterStays() {
        trio.sentinels().get(0).freeze();
        RedisFixture second = trio.failOver();
        try (RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketClient client = gateway.connect("/")) {
            gateway.awaitSubscribed(second);
            assertServes(gateway, client, second, 1);
            trio.sentinels().forEach(RedisFixture::kill);
            assertServes(gateway, client, second, 11);

            second.kill();
            gateway.awaitNotReady("no Sentinel tells where mymaster is");
        }
    }

    @Test
    void shouldReportThatTheSentinelsDoNotKnowTheMaster() {
        try (RunningGateway gateway = RunningGateway.start("--redis", uri().replace("#mymaster", "#other"))) {
            gateway.awaitNotReady(
                    "no Sentinel tells where other is: correct the name after # in --redis (ERR No such master with that name)");
        }
    }

    @Test
    void shouldReportThatASentinelAsksForAPassword() {
        trio.sentinels().forEach(sentinel -> sentinel.cli("ACL", "SETUSER", "default", "resetpass", ">other"));
        try (RunningGateway gateway = RunningGateway.start("--redis", uri())) {
            gateway.awaitNotReady("no Sentinel tells where mymaster is: it asks for a password, and the gateway sends");
        }
    }

    /** Publishes ten events to Redis and one over HTTP, and requires that all arrive. */
    private static void assertServes(RunningGateway gateway, WebSocketClient client, RedisFixture master, int from) {
        for (int i = from; i < from + 9; i++) {
            assertThat(master.publish(CHANNEL, event("JP", i))).isEqualTo(1);
        }
        assertThat(gateway.post("/publish/" + CHANNEL, event("JP", from + 9)).statusCode())
                .isEqualTo(202);
        for (int i = from; i < from + 10; i++) {
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", i));
        }
    }

    private String uri() {
        return "redis-sentinel://gateway:" + PASSWORD + "@" + trio.addresses() + "#" + RedisSentinelFixture.MASTER_NAME;
    }
}
