package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.redis.RestartScene.Newcomers;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A gateway on Pub/Sub restarts under 200 clients that reconnect at once. What is published meanwhile is lost, and each client that can
 * be told is told of it in its place.
 */
@ExtendWith(RedisExtension.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class PubSubRestartIT {
    private final RedisFixture redis;

    PubSubRestartIT(RedisFixture redis) {
        this.redis = redis;
    }

    @Test
    void shouldTellEveryLossAfterAKill() throws IOException {
        try (RestartScene scene = new RestartScene(redis, "pubsub", false, 0)) {
            scene.restart();
            check(scene);
        }
    }

    @Test
    void shouldTellEveryLossAfterAnOrderlyRestart() throws IOException {
        try (RestartScene scene = new RestartScene(redis, "pubsub", true, 0)) {
            scene.restart();
            check(scene);
        }
    }

    @Test
    void shouldTellEveryLossWhenItStartsWhileRedisIsAway() throws IOException {
        try (RestartScene scene = new RestartScene(redis, "pubsub", true, 0)) {
            scene.startWhileRedisIsAway();
            check(scene);
        }
    }

    private static void check(RestartScene scene) {
        scene.finish();
        assertThat(scene.crowd().informed())
                .filteredOn(check ->
                        !check.unreported(scene.publisher().unpublished()).isEmpty())
                .as("clients that were not told of a loss in its place")
                .isEmpty();
        assertThat(scene.crowd().all())
                .allMatch(check -> check.missing() > 0, "the restart was not noticed")
                .filteredOn(check -> check.doubled() > 0)
                .as("clients with an event twice")
                .isEmpty();
        for (Newcomers group : scene.newcomers()) {
            assertThat(group.crowd().informed())
                    .filteredOn(check -> check.first() < group.from()
                            || !check.unreported(scene.publisher().unpublished())
                                    .isEmpty())
                    .as("new clients with an event before " + group.from() + ", or with a loss that was not told")
                    .isEmpty();
        }
    }
}
