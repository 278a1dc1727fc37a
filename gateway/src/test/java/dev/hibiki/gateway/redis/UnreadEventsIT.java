package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A gateway notices channels that are published to in a way that it does not read. */
@ExtendWith(RedisExtension.class)
final class UnreadEventsIT {
    private static final String PUBLISHED = "messages come to \"" + CHANNEL
            + "\" by PUBLISH, while this gateway reads streams and gets no events of it";
    private static final String ADDED = "there is a stream with the name \"" + CHANNEL
            + "\" that grows, while this gateway reads Pub/Sub and gets no events of it";

    @Test
    void shouldSayThatPublishDoesNotReachStreamsUntilXaddDoes(RedisFixture redis) {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams")) {
            eventually().until(() -> redis.publish(CHANNEL, event("JP", 1)) == 1);
            eventually()
                    .until(() -> !log.linesWith("WARN Events are perhaps not delivered: " + PUBLISHED)
                            .isEmpty());
            // Unsubscribed when it is told.
            eventually().until(() -> redis.publish(CHANNEL, event("JP", 2)) == 0);

            assertThat(log.linesWith(PUBLISHED))
                    .singleElement()
                    .asString()
                    .contains(
                            "-p " + redis.port() + " XADD " + CHANNEL + " MAXLEN '~' 10000 '*' data ",
                            "--source pubsub");
            eventually()
                    .untilAsserted(() -> assertThat(gateway.get("/readyz").body())
                            .startsWith("ok: ")
                            .contains(PUBLISHED));

            redis.cli("XADD", CHANNEL, "*", "data", event("JP", 3));
            eventually()
                    .untilAsserted(
                            () -> assertThat(gateway.get("/readyz").body()).doesNotContain("PUBLISH"));
        }
    }

    @Test
    void shouldSayThatAStreamIsNotReadByPubSubUntilPublishReachesIt(RedisFixture redis) {
        redis.cli("SET", "text", "no stream");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis",
                        redis.uri(),
                        "--channel",
                        "text",
                        "--channel",
                        CHANNEL,
                        "--channel",
                        "quiet",
                        "--channel",
                        "news.*")) {
            eventually().until(() -> {
                redis.cli("XADD", CHANNEL, "*", "data", event("JP", 1));
                return !log.linesWith("WARN Events are perhaps not delivered: " + ADDED)
                        .isEmpty();
            });

            assertThat(log.linesWith(ADDED))
                    .singleElement()
                    .asString()
                    .contains("-p " + redis.port() + " PUBLISH " + CHANNEL + ' ', "--source streams");
            assertThat(log.linesWith("WARN")).hasSize(1);
            eventually()
                    .untilAsserted(() -> assertThat(gateway.get("/readyz").body())
                            .startsWith("ok: ")
                            .contains(ADDED));

            redis.publish(CHANNEL, event("JP", 1));
            eventually()
                    .untilAsserted(
                            () -> assertThat(gateway.get("/readyz").body()).doesNotContain("stream"));
        }
    }

    /** The gateway sees that "other" is not delivered, and at the same time nothing wrong with the rest. */
    @Test
    void shouldSayNothingOfAStreamThatDoesNotGrowOrIsPublishedToo(RedisFixture redis) {
        redis.cli("XADD", "trial", "*", "data", event("JP", 1));
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", redis.uri(), "--channel", CHANNEL, "--channel", "trial", "--channel", "other")) {
            eventually().until(() -> {
                redis.cli("XADD", CHANNEL, "*", "data", event("JP", 1));
                redis.publish(CHANNEL, event("JP", 1));
                redis.cli("XADD", "other", "*", "data", event("JP", 1));
                return !log.linesWith("WARN").isEmpty();
            });
            assertThat(log.linesWith("WARN")).singleElement().asString().contains("\"other\"");
            assertThat(gateway.get("/readyz").body()).doesNotContain(CHANNEL + "\" that", "trial");
        }
    }

    @Test
    void shouldSayNothingOfAStreamThatIsPublishedForOthersToo(RedisFixture redis) {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", redis.uri(), "--source", "streams", "--channel", CHANNEL, "--channel", "other")) {
            eventually().until(() -> {
                redis.cli("XADD", CHANNEL, "*", "data", event("JP", 1));
                redis.publish(CHANNEL, event("JP", 1));
                redis.publish("other", event("JP", 1));
                return !log.linesWith("WARN").isEmpty();
            });
            assertThat(log.linesWith("WARN")).singleElement().asString().contains("\"other\"");
            assertThat(gateway.get("/readyz").body()).doesNotContain(CHANNEL + "\" by");
        }
    }

    @Test
    void shouldAskNoMoreWithoutTheRights(RedisFixture redis) {
        redis.cli("ACL SETUSER few on >s3cret &* +psubscribe +subscribe +ping +client|setname".split(" "));
        redis.cli("ACL SETUSER none on >s3cret ~* +xread +xrange +xrevrange +xinfo|stream +ping +client|setname"
                .split(" "));
        redis.cli("CONFIG", "RESETSTAT");
        try {
            shouldAskOnce(redis, "few", "xlen", "Cannot ask for the length of", "pubsub");
            redis.cli("CONFIG", "RESETSTAT");
            shouldAskOnce(redis, "none", "subscribe", "Cannot listen for PUBLISH", "streams");
        } finally {
            redis.cli("ACL", "DELUSER", "few", "none");
            redis.cli("ACL", "LOG", "RESET");
        }
    }

    private static void shouldAskOnce(RedisFixture redis, String user, String command, String line, String source) {
        List<String> flags = new ArrayList<>(List.of(
                "--redis",
                "redis://" + user + ":s3cret@127.0.0.1:" + redis.port(),
                "--source",
                source,
                "--canary-interval-ms",
                "0",
                "--channel",
                CHANNEL));
        for (int i = 0; i < 20; i++) {
            flags.addAll(List.of("--channel", "channel-" + i));
        }
        try (LogCapture log = LogCapture.startOfEverything();
                RunningGateway gateway = RunningGateway.startReady(flags.toArray(String[]::new));
                WebSocketClient client = gateway.connect("/?channel=" + CHANNEL)) {
            eventually().until(() -> !log.linesWith(line).isEmpty());
            redis.cli("XADD", CHANNEL, "*", "data", event("JP", 1));
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).contains(event("JP", 1).substring(0, 10));

            assertThat(redis.cli("INFO", "commandstats").lines())
                    .filteredOn(stat -> stat.startsWith("cmdstat_" + command + ':'))
                    .singleElement()
                    .asString()
                    .contains("rejected_calls=1,");
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
            assertThat(log.linesWith(line)).hasSize(1);
            assertThat(log.linesWith("perhaps not delivered")).isEmpty();
        }
    }
}
