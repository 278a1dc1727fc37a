package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.redis.RestartScene.Newcomers;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A gateway on Redis Streams restarts under 200 clients that reconnect at once, before the streams are loaded. Each client gets
 * every event once and in order, and a new one gets no event of the past.
 */
@ExtendWith(RedisExtension.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class StreamsRestartIT {
    private static final int OLD = 1_200;

    private final RedisFixture redis;

    StreamsRestartIT(RedisFixture redis) {
        this.redis = redis;
    }

    @Test
    void shouldGiveEveryClientEachEventOnceAfterTwoKills() throws IOException {
        try (RestartScene scene = new RestartScene(redis, "streams", false, OLD)) {
            scene.restartTwice();
            check(scene);
        }
    }

    @Test
    void shouldGiveEveryClientEachEventOnceAfterAnOrderlyRestart() throws IOException {
        try (RestartScene scene = new RestartScene(redis, "streams", true, OLD)) {
            scene.restart();
            check(scene);
        }
    }

    @Test
    void shouldLetClientsInWhileRedisIsAwayAndGiveThemEachEventOnce() throws IOException {
        try (RestartScene scene = new RestartScene(redis, "streams", true, OLD)) {
            scene.startWhileRedisIsAway();
            check(scene);
        }
    }

    private static void check(RestartScene scene) {
        scene.finish();
        assertThat(scene.crowd().all())
                .filteredOn(check -> check.first() < OLD || isWrong(check))
                .as("clients with an old, lost or doubled event, or with a gap")
                .isEmpty();
        assertThat(scene.crowd().controlled())
                .filteredOn(check -> !check.resumes().get(0).equals("new")
                        || !check.resumes().stream().skip(1).allMatch("ok"::equals))
                .as("clients that did not resume")
                .isEmpty();
        for (Newcomers group : scene.newcomers()) {
            assertThat(group.crowd().all())
                    .filteredOn(check -> check.first() < group.from() || isWrong(check))
                    .as("new clients with an event before " + group.from() + ", or with a lost or doubled one")
                    .isEmpty();
            assertThat(group.crowd().controlled())
                    .allMatch(check -> check.resumes().get(0).equals("new"));
        }
    }

    private static boolean isWrong(LossCheck check) {
        return check.missing() + check.doubled() + check.gaps() > 0
                || !check.unreported(Set.of()).isEmpty();
    }
}
