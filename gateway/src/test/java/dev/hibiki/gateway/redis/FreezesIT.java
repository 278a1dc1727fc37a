package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A gateway freezes with its connections open, and then Redis does. Half of the clients reconnect meanwhile. With Streams each gets every event
 * once and in order; with Pub/Sub each is told of what it lost.
 */
@ExtendWith(RedisExtension.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class FreezesIT {
    private static final int SOCKETS = LongRun.setting("hibiki.freeze.sockets", 35, 90);
    private static final int STREAMS = LongRun.setting("hibiki.freeze.streams", 30, 70);
    private static final int RATE = LongRun.setting("hibiki.freeze.rate", 100, 100);
    private static final Duration FROZEN = Duration.ofSeconds(LongRun.setting("hibiki.freeze.s", 3, 12));

    @ParameterizedTest
    @ValueSource(strings = {"streams", "pubsub"})
    void shouldLoseNothingOrTellItWhenTheGatewayAndThenRedisFreeze(String source, RedisFixture redis) throws Exception {
        boolean streams = source.equals("streams");
        try (GatewayProcess gateway = GatewayProcess.jar("--redis", redis.uri(), "--source", source)
                        .start();
                Crowd crowd = Crowd.on(gateway.port()).start(SOCKETS, STREAMS)) {
            crowd.awaitOpen();
            try (FaultPublisher publisher = FaultPublisher.withoutIds(redis.uri(), CHANNEL, streams, 0, RATE)) {
                crowd.awaitEvent(RATE / 2);
                gateway.signal("STOP");
                freeze(crowd);
                gateway.signal("CONT");
                crowd.awaitEvent(publisher.published());
                redis.freeze();
                freeze(crowd);
                redis.thaw();
                gateway.awaitReady();
                crowd.awaitEvent(publisher.published() + RATE / 2);
                crowd.awaitEvent(publisher.finish() - 1);
                assertThat(streams ? crowd.all() : crowd.informed())
                        .filteredOn(check ->
                                !check.unreported(publisher.unpublished()).isEmpty())
                        .as("clients that lost an event and were not told")
                        .isEmpty();
                assertThat(crowd.all())
                        .filteredOn(check -> check.doubled() > 0)
                        .as("clients with an event twice")
                        .isEmpty();
                assertThat(streams ? crowd.all() : Set.<LossCheck>of())
                        .filteredOn(check -> check.missing() + check.gaps() > 0)
                        .as("clients that lost an event")
                        .isEmpty();
            }
        }
    }

    /** The duration of a fault, in the middle of which clients reconnect; the test waits for no condition here. */
    private static void freeze(Crowd crowd) {
        LockSupport.parkNanos(FROZEN.dividedBy(2).toNanos());
        crowd.abortHalf();
        LockSupport.parkNanos(FROZEN.dividedBy(2).toNanos());
    }
}
