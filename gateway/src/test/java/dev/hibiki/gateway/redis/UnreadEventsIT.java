package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A gateway notices events that are published in a way that it does not read. */
@ExtendWith(RedisExtension.class)
final class UnreadEventsIT {
    private static final String PUBLISHED = "WARN Events for \"" + CHANNEL
            + "\" come by PUBLISH, while this gateway reads streams: they are not delivered.";
    private static final String ADDED = "WARN Events for \"" + CHANNEL
            + "\" come by XADD, while this gateway reads Pub/Sub: they are not delivered.";

    @Test
    void shouldSayOnceThatPublishDoesNotReachStreams(RedisFixture redis) {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams")) {
            eventually().until(() -> redis.publish(CHANNEL, event("JP", 1)) == 1);
            eventually().until(() -> !log.linesWith(PUBLISHED).isEmpty());
            // Unsubscribed after the first one.
            eventually().until(() -> redis.publish(CHANNEL, event("JP", 2)) == 0);

            assertThat(log.linesWith(PUBLISHED))
                    .singleElement()
                    .asString()
                    .contains("-p " + redis.port() + " XADD " + CHANNEL + " '*' data ", "--source pubsub");
            eventually()
                    .untilAsserted(() -> assertThat(gateway.get("/readyz").body())
                            .startsWith("ok: ")
                            .contains("events for \"" + CHANNEL + "\" come by PUBLISH"));
        }
    }

    @Test
    void shouldSayOnceThatAStreamIsNotReadByPubSub(RedisFixture redis) {
        redis.cli("XADD", CHANNEL, "*", "data", event("JP", 1));
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", redis.uri(), "--channel", CHANNEL, "--channel", "quiet", "--channel", "news.*")) {
            eventually().until(() -> !log.linesWith(ADDED).isEmpty());

            assertThat(log.linesWith(ADDED))
                    .singleElement()
                    .asString()
                    .contains("-p " + redis.port() + " PUBLISH " + CHANNEL + ' ', "--source streams");
            assertThat(log.linesWith("WARN")).hasSize(1);
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void shouldBeSilentWithoutTheRights(RedisFixture redis) {
        redis.cli("XADD", "stream", "*", "data", event("JP", 1));
        redis.cli(
                "ACL",
                "SETUSER",
                "few",
                "on",
                ">s3cret",
                "&*",
                "+psubscribe",
                "+subscribe",
                "+ping",
                "+client|setname");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis",
                        "redis://few:s3cret@127.0.0.1:" + redis.port(),
                        "--channel",
                        "stream",
                        "--channel",
                        CHANNEL,
                        "--canary-interval-ms",
                        "0")) {
            eventually().until(() -> redis.cli("ACL", "LOG").contains("type"));
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
            assertThat(log.linesWith("come by XADD")).isEmpty();
        } finally {
            redis.cli("ACL", "DELUSER", "few");
            redis.cli("ACL", "LOG", "RESET");
        }
    }
}
