package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.wire.RetryWindow;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A gateway on Pub/Sub that has just started takes no clients that miss nothing on another gateway. */
@ExtendWith(RedisExtension.class)
final class DrainMarksIT {
    static final String WAITING = "clients of a gateway that has ended go to another one first";
    /** Longer than the test waits for anything. */
    static final String LONG_MS = "600000";

    private static final String KEY = DrainMarks.keyBeside(CHANNEL);

    private final RedisFixture redis;

    DrainMarksIT(RedisFixture redis) {
        this.redis = redis;
    }

    private RunningGateway gateway(String... channels) {
        return RunningGateway.start("--redis", redis.uri(), "--channel", String.join(",", channels));
    }

    /** Ends a gateway under a client. Returns for how long its mark still lives. */
    private long restartUnderAClient() {
        try (RunningGateway gateway = gateway(CHANNEL);
                WebSocketClient client = gateway.connect("/")) {
            gateway.awaitReady();
            gateway.awaitConnections(1);
            gateway.gateway().close();
            assertThat(client.awaitClose(PATIENCE).code()).isEqualTo(1012);
        }
        return Long.parseLong(redis.cli("PTTL", KEY).strip());
    }

    @Test
    void shouldNotBeReadyWhileClientsAreOnTheirWayToAnotherGateway() {
        try (RunningGateway other = gateway(CHANNEL)) {
            other.awaitReady();
            assertThat(restartUnderAClient()).isBetween(1L, (long) RetryWindow.AFTER_END.maxMs());
            redis.cli("PEXPIRE", KEY, LONG_MS);
            try (RunningGateway started = gateway(CHANNEL)) {
                started.awaitNotReady(WAITING);
                try (WebSocketClient client = WebSocketClient.to(started.ws("/"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
                    assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"new\"");
                }
                assertThat(other.get("/readyz").statusCode()).isEqualTo(200);
                redis.cli("PEXPIRE", KEY, "1");
                started.awaitReady();
            }
        }
    }

    @Test
    void shouldBeReadyWhenTheOtherGatewayHasGone() {
        try (RunningGateway other = gateway(CHANNEL)) {
            other.awaitReady();
            redis.cli("SET", KEY, "1", "PX", LONG_MS);
            try (RunningGateway started = gateway(CHANNEL)) {
                started.awaitNotReady(WAITING);
                other.gateway().close();
                started.awaitReady();
            }
        }
    }

    @Test
    void shouldNotBeHeldUpWithoutAnotherGateway() {
        restartUnderAClient();
        redis.cli("PEXPIRE", KEY, LONG_MS);
        try (RunningGateway restarted = gateway(CHANNEL)) {
            restarted.awaitReady();
        }
    }

    @Test
    void shouldNotBeHeldUpWithPatternsOnly() {
        redis.cli("SET", DrainMarks.keyBeside("news.*"), "1", "PX", LONG_MS);
        try (RunningGateway other = gateway("news.*");
                RunningGateway started = gateway("news.*")) {
            other.awaitReady();
            started.awaitReady();
        }
    }

    @Test
    void shouldNotBeHeldUpAfterAReconnect() {
        try (RunningGateway other = gateway(CHANNEL);
                RunningGateway reconnecting = gateway(CHANNEL)) {
            other.awaitReady();
            reconnecting.awaitReady();
            redis.kill();
            reconnecting.awaitNotReady("no Redis");
            redis.restart();
            redis.cli("SET", KEY, "1", "PX", LONG_MS);
            reconnecting.awaitReady();
            other.awaitReady();
        }
    }

    @Test
    void shouldLeaveNoMarkWhenItHadNoClients() {
        gateway(CHANNEL).close();
        assertThat(redis.cli("EXISTS", KEY).strip()).isEqualTo("0");
    }
}
