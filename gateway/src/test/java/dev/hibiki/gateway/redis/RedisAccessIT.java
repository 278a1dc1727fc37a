package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gateway works with a Redis that requires a password and limits its rights. */
final class RedisAccessIT {
    private static final String PASSWORD = "hirake-goma-4711";
    private static final String USER = "gateway";

    private RedisFixture redis;

    @BeforeEach
    void start() {
        redis = RedisFixture.start("--requirepass", PASSWORD + "-of-all");
    }

    @AfterEach
    void close() {
        redis.close();
    }

    @Test
    void shouldNoticeARevokedPermission() {
        allow("&" + CHANNEL);
        try (RunningGateway gateway = RunningGateway.start("--redis", uri(PASSWORD));
                WebSocketClient client = gateway.connect("/")) {
            gateway.awaitReady();
            allow("&other");
            gateway.awaitNotReady("NOPERM");
            allow("&" + CHANNEL);
            gateway.awaitReady();

            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
        }
    }

    @Test
    void shouldReportAWrongPasswordAndRecoverWhenItBecomesRight() {
        allow("&*");
        try (RunningGateway gateway = RunningGateway.start("--redis", uri("falsch"))) {
            gateway.awaitNotReady("WRONGPASS");
            redis.cli("ACL", "SETUSER", USER, ">falsch");
            gateway.awaitReady();
        }
    }

    @Test
    void shouldLogEachReasonOfAnOutageOnce() {
        allow("&*");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", uri(PASSWORD))) {
            redis.kill();
            gateway.awaitNotReady("nothing accepts connections there");
            redis.restart();
            gateway.awaitNotReady("WRONGPASS");
            allow("&other");
            gateway.awaitNotReady("\"" + CHANNEL + "\" cannot be read: NOPERM");
            allow("&*");
            gateway.awaitReady();
            for (String reason : List.of("nothing accepts", "WRONGPASS", "Grant the user of Redis &" + CHANNEL)) {
                assertThat(log.linesWith(reason)).as(reason).hasSizeLessThan(2);
            }
            assertThat(log.linesWith("WARN Lost Redis at 127.0.0.1:" + redis.port() + ": "))
                    .hasSize(1);
            assertThat(log.linesWith("has been away for "))
                    .anyMatch(line -> line.contains("the password in --redis is wrong"))
                    .anyMatch(line -> line.contains("NOPERM"));
            assertThat(log.linesWith("INFO Redis at 127.0.0.1:" + redis.port() + " is back after "))
                    .hasSize(1);
            assertThat(log.linesWith("Exception")).isEmpty();
        }
    }

    @Test
    void shouldPublishWithThePassword() {
        allow("&*");
        try (RunningGateway gateway = RunningGateway.start("--redis", uri(PASSWORD));
                WebSocketClient client = gateway.connect("/")) {
            gateway.awaitReady();
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
        }
    }

    @Test
    void shouldNeedOnlyTheRightToSubscribeToItsChannel() {
        String least = "+subscribe +ping +client|setname";
        redis.cli(("ACL SETUSER " + USER + " reset on >" + PASSWORD + " &" + CHANNEL + " " + least).split(" "));
        try (RunningGateway gateway = RunningGateway.startReady("--redis", uri(PASSWORD), "--canary-interval-ms", "0");
                WebSocketClient client = gateway.connect("/")) {
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 2)).body())
                    .contains("could not publish", "NOPERM");
            assertThat(redis.cli("ACL", "LOG")).doesNotContain("subscribe", "ping", "setname");
        }
    }

    @Test
    void shouldSubscribeProbeAndPublishWithTheRightsOfTheReadme() {
        grant("&" + CHANNEL + " &news.* +subscribe +psubscribe +ping +client|setname &hibiki:canary:* +publish"
                + " ~hibiki:drained:* +set +pttl +pubsub|numsub ~" + CHANNEL + " +xlen");
        shouldWorkAndBeRefusedNothing("--channel", CHANNEL, "--channel", "news.*");
    }

    @Test
    void shouldLeaveClientsToOtherGatewaysWithTheRightsOfTheReadme() {
        grant("&" + CHANNEL + " +subscribe +ping +client|setname ~hibiki:drained:* +set +pttl +pubsub|numsub ~"
                + CHANNEL + " +xlen");
        String[] flags = {"--redis", uri(PASSWORD), "--canary-interval-ms", "0"};
        String mark = DrainMarks.keyBeside(CHANNEL);
        try (RunningGateway other = RunningGateway.startReady(flags)) {
            try (RunningGateway ending = RunningGateway.startReady(flags);
                    WebSocketClient client = ending.connect("/")) {
                ending.awaitConnections(1);
                ending.gateway().close();
                client.awaitClose(PATIENCE);
            }
            redis.cli("PEXPIRE", mark, DrainMarksIT.LONG_MS);
            try (RunningGateway started = RunningGateway.start(flags)) {
                started.awaitNotReady(DrainMarksIT.WAITING);
                redis.cli("DEL", mark);
                started.awaitReady();
            }
            assertThat(redis.cli("ACL", "LOG")).isEmpty();
            other.awaitReady();
        }
    }

    @Test
    void shouldNameOnceTheMissingRightToLeaveClientsToOtherGateways() {
        grant("&" + CHANNEL + " +subscribe +ping +client|setname +pttl");
        redis.cli("SET", DrainMarks.keyBeside(CHANNEL), "1", "PX", DrainMarksIT.LONG_MS);
        String[] flags = {"--redis", uri(PASSWORD), "--canary-interval-ms", "0"};
        try (RunningGateway other = RunningGateway.startReady(flags);
                LogCapture log = LogCapture.start();
                RunningGateway started = RunningGateway.startReady(flags);
                WebSocketClient client = started.connect("/")) {
            other.awaitReady();
            started.awaitConnections(1);
            started.gateway().close();
            client.awaitClose(PATIENCE);
            assertThat(log.linesWith("WARN"))
                    .singleElement()
                    .asString()
                    .contains("a gap in a rolling restart", "NOPERM", "~hibiki:drained:* +set +pttl +pubsub|numsub");
        }
    }

    @Test
    void shouldReadProbeAndPublishStreamsWithTheRightsOfTheReadme() {
        grant("~" + CHANNEL + " +xread +xrange +xrevrange +xinfo|stream +xadd +ping +client|setname"
                + " ~hibiki:canary:* +pexpire &" + CHANNEL + " +subscribe +unsubscribe");
        redis.cli("XADD", CHANNEL, "1-0", "data", event("JP", 0));
        shouldWorkAndBeRefusedNothing("--source", "streams");
    }

    private void shouldWorkAndBeRefusedNothing(String... flags) {
        List<String> all = new ArrayList<>(List.of("--redis", uri(PASSWORD)));
        all.addAll(List.of(flags));
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(all.toArray(String[]::new));
                WebSocketClient client = gateway.connect("/?channel=" + CHANNEL)) {
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                    .isEqualTo(202);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            eventually()
                    .untilAsserted(() -> assertThat(gateway.get("/metrics").body())
                            .containsPattern("hibiki_canary_round_trip_seconds_count\\{leg=\"redis\"} [1-9]"));
            assertThat(log.linesWith("WARN")).isEmpty();
            assertThat(redis.cli("ACL", "LOG")).isEmpty();
            assertThat(redis.cli("INFO", "errorstats")).doesNotContain("errorstat_");
        }
    }

    @Test
    void shouldNameTheMissingRightToReadAStream() {
        grant("~" + CHANNEL + " +xread +xrevrange +client|setname");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start(
                        "--redis", uri(PASSWORD), "--source", "streams", "--canary-interval-ms", "0");
                WebSocketClient client = gateway.connect("/")) {
            gateway.awaitNotReady("cannot read \"" + CHANNEL + "\": 127.0.0.1:" + redis.port() + ": NOPERM");
            assertThat(log.linesWith("WARN"))
                    .singleElement()
                    .asString()
                    .contains("xinfo", "Grant the user of Redis ~" + CHANNEL + " +xread +xrevrange +xinfo|stream");

            redis.cli("ACL", "SETUSER", USER, "+xinfo|stream");
            gateway.awaitReady();
            redis.cli("XADD", CHANNEL, "*", "data", event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
        }
    }

    private void grant(String rules) {
        redis.cli(("ACL SETUSER " + USER + " reset on >" + PASSWORD + " " + rules).split(" "));
        redis.cli("ACL", "LOG", "RESET");
        redis.cli("CONFIG", "RESETSTAT");
    }

    @Test
    void shouldNameItsConnections() {
        allow("&*");
        try (RunningGateway gateway = RunningGateway.startReady("--redis", uri(PASSWORD))) {
            gateway.post("/publish/" + CHANNEL, event("JP", 1));
            // A canary may have a third connection for a moment.
            eventually()
                    .untilAsserted(() -> assertThat(
                                    redis.cli("CLIENT", "LIST").lines().filter(line -> line.contains("user=" + USER)))
                            .hasSize(2)
                            .allMatch(line -> line.contains(" name=hibiki ")));
        }
    }

    @Test
    void shouldNeverShowThePasswordInLogsOrAnswers() {
        allow("&*");
        try (LogCapture log = LogCapture.startOfEverything()) {
            try (RunningGateway gateway = RunningGateway.start("--redis", uri(PASSWORD))) {
                gateway.awaitReady();
                gateway.post("/publish/" + CHANNEL, event("JP", 1));
                redis.kill();
                gateway.awaitNotReady("no Redis at");
                String refused =
                        gateway.post("/publish/" + CHANNEL, event("JP", 1)).body();
                assertThat(refused).contains("could not publish").doesNotContain(PASSWORD);
                assertThat(gateway.get("/readyz").body()).doesNotContain(PASSWORD);
                redis.restart();
                gateway.awaitNotReady("WRONGPASS");
                assertThat(gateway.get("/readyz").body()).doesNotContain(PASSWORD);
                assertThat(gateway.get("/metrics").body()).doesNotContain(PASSWORD);
            }
            assertThat(log.lines()).hasSizeGreaterThan(100);
            assertThat(log.linesWith(PASSWORD)).isEmpty();
        }
    }

    /** Allows the gateway's user only these channels. A restarted Redis has forgotten the user. */
    private void allow(String... channels) {
        String[] rules = {"ACL", "SETUSER", USER, "on", ">" + PASSWORD, "+@all", "~*", "resetchannels"};
        String[] command = new String[rules.length + channels.length];
        System.arraycopy(rules, 0, command, 0, rules.length);
        System.arraycopy(channels, 0, command, rules.length, channels.length);
        redis.cli(command);
    }

    private String uri(String password) {
        return "redis://" + USER + ":" + password + "@127.0.0.1:" + redis.port();
    }
}
