package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A channel of Pub/Sub that Redis refuses takes no other one with it, and comes back by itself. */
@ExtendWith(RedisExtension.class)
final class RefusedChannelsIT {
    private static final String USER = "app";

    private final RedisFixture redis;

    RefusedChannelsIT(RedisFixture redis) {
        this.redis = redis;
        redis.cli("ACL", "SETUSER", USER, "reset", "on", ">pw", "~*", "+@all");
    }

    private void allow(String... channels) {
        List<String> command = new ArrayList<>(List.of("ACL", "SETUSER", USER, "resetchannels", "&hibiki:canary:*"));
        Collections.addAll(command, channels);
        redis.cli(command.toArray(String[]::new));
    }

    private RunningGateway gateway(String channels) {
        return RunningGateway.startReady(
                "--redis", "redis://" + USER + ":pw@127.0.0.1:" + redis.port(), "--channel", channels);
    }

    private static WebSocketClient connect(RunningGateway gateway, String channel) {
        return WebSocketClient.to(gateway.ws("/?channel=" + channel))
                .subprotocols("hibiki.v1")
                .connect();
    }

    private static void awaitUp(RunningGateway gateway, String channel, int up) {
        gateway.awaitMetric("hibiki_channel_up{channel=\"" + channel + "\"}", up);
    }

    private static double gaps(RunningGateway gateway, String channel) {
        return gateway.metric("hibiki_gaps_total{channel=\"" + channel + "\"}");
    }

    @Test
    void shouldGoOnWithTheOthersAndTryTheRefusedOneAgain() {
        allow("&good");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway("bad,good,wild*");
                WebSocketClient good = connect(gateway, "good");
                WebSocketClient bad = connect(gateway, "bad")) {
            assertThat(good.awaitText(PATIENCE)).contains("hello");
            awaitUp(gateway, "bad", 0);
            awaitUp(gateway, "wild*", 0);
            awaitUp(gateway, "good", 1);
            assertThat(gateway.get("/readyz").body())
                    .startsWith("ok: ")
                    .contains("cannot read \"bad\": 127.0.0.1:" + redis.port() + ": NOPERM", "\"wild*\": ");
            assertThat(log.linesWith("WARN"))
                    .hasSize(2)
                    .anyMatch(line ->
                            line.contains("\"bad\"") && line.contains("Grant the user of Redis &bad +subscribe"))
                    .anyMatch(line -> line.contains("Grant the user of Redis &wild* +psubscribe"));
            redis.publish("good", event("JP", 1));
            assertThat(good.awaitText(PATIENCE)).isEqualTo(event("JP", 1));

            redis.cli("ACL", "SETUSER", USER, "&bad");
            assertThat(bad.awaitText(PATIENCE)).as("waited for its channel").contains("hello");
            awaitUp(gateway, "bad", 1);
            redis.publish("bad", event("JP", 2));
            assertThat(bad.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            assertThat(log.linesWith("INFO \"bad\" can be read from Redis at 127.0.0.1:" + redis.port()))
                    .hasSize(1);
            assertThat(log.linesWith("WARN")).as("no connection was lost").hasSize(2);
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    @Test
    void shouldTellTheGapOfEachChannelWhenARightIsTakenAway() {
        allow("&good", "&bad");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway("good,bad");
                WebSocketClient good = connect(gateway, "good");
                WebSocketClient bad = connect(gateway, "bad")) {
            good.awaitText(PATIENCE);
            bad.awaitText(PATIENCE);
            allow("&good");
            assertThat(good.awaitText(PATIENCE)).contains("\"gap\"", "good");
            awaitUp(gateway, "bad", 0);
            awaitUp(gateway, "good", 1);
            redis.publish("good", event("JP", 1));
            assertThat(good.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(gaps(gateway, "bad")).isZero();

            allow("&good", "&bad");
            assertThat(bad.awaitText(PATIENCE)).contains("\"gap\"", "bad");
            redis.publish("bad", event("JP", 2));
            assertThat(bad.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            awaitUp(gateway, "bad", 1);
            assertThat(gaps(gateway, "good")).isOne();
            assertThat(gaps(gateway, "bad")).isOne();
            assertThat(log.linesWith("WARN Lost Redis"))
                    .singleElement()
                    .asString()
                    .contains(": the connection was closed; ");
            assertThat(log.linesWith("INFO Redis at 127.0.0.1:" + redis.port() + " is back after "))
                    .singleElement()
                    .asString()
                    .doesNotEndWith(" 0 s");
        }
    }

    @Test
    void shouldSubscribeToManyChannelsAndTryAllThatWereRefused() {
        List<String> names = IntStream.range(0, 1_200).mapToObj(i -> "c" + i).toList();
        allow("&c0");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = gateway(String.join(",", names))) {
            gateway.awaitMetric("hibiki_channel_up{channel=\"c1\"}", 0);
            assertThat(gateway.metricSum("hibiki_channel_up")).isOne();
            assertThat(log.linesWith("WARN"))
                    .hasSize(6)
                    .anyMatch(line -> line.contains("1194 more channels cannot be read"));
            allow("&c0", "&c1*");
            eventually().until(() -> gateway.metricSum("hibiki_channel_up") == 312);
            assertThat(redis.publish("c1199", event("JP", 1))).isOne();
        }
    }
}
