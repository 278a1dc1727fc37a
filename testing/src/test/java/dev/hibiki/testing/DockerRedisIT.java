package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.model.Container;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Redis in a container can be stopped, killed, frozen and restarted. Skipped without a Docker engine, also in continuous integration. */
@Tag("docker")
final class DockerRedisIT {
    @BeforeAll
    static void needAnEngine() {
        DockerEngine.whyNot().ifPresent(reason -> Assumptions.abort("This test needs a Docker engine: " + reason));
    }

    @Test
    void shouldComeBackEmptyOnTheSamePortAfterEachKindOfEnd() {
        try (RedisFixture redis = RedisFixture.start(RedisKind.DOCKER)) {
            int port = redis.port();
            redis.cli("SET", "key", "value");

            redis.kill();
            redis.kill();
            assertThatThrownBy(() -> redis.cli("PING")).isInstanceOf(UncheckedIOException.class);
            redis.restart();
            assertThat(redis.cli("DBSIZE")).isEqualTo("0");

            redis.stop();
            redis.stop();
            assertThatThrownBy(() -> redis.cli("PING")).isInstanceOf(UncheckedIOException.class);
            redis.restart();
            redis.restart();
            assertThat(redis.uri()).isEqualTo("redis://127.0.0.1:" + port);
            assertThat(redis.cli("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void shouldStartAgainAfterRedisEndedByItself() {
        try (RedisFixture redis = RedisFixture.start(RedisKind.DOCKER)) {
            assertThatThrownBy(() -> redis.cli("SHUTDOWN", "NOSAVE")).isInstanceOf(UncheckedIOException.class);
            redis.restart();
            assertThat(redis.cli("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void shouldKeepItsConnectionsButAnswerNothingWhileFrozen() throws Exception {
        try (RedisFixture redis = RedisFixture.start(RedisKind.DOCKER);
                RespConnection connection = new RespConnection(redis.port(), null)) {
            redis.freeze();
            connection.setPatienceMs(200);
            connection.send(RespConnection.bytes("PING"));
            assertThatThrownBy(connection::read).isInstanceOf(SocketTimeoutException.class);

            redis.thaw();
            connection.setPatienceMs(5_000);
            assertThat(connection.read()).isEqualTo("PONG");
        }
    }

    @Test
    void shouldShowTheOutputOfAServerThatDoesNotStart() {
        assertThatThrownBy(() -> RedisFixture.start(RedisKind.DOCKER, "--no-such-option", "1"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("redis-server in a container ended with exit code 1")
                .hasMessageContaining("no-such-option");
        assertThat(containers()).isEmpty();
    }

    @Test
    void shouldLeaveNoContainerWhenItIsClosedRunningFrozenOrStopped() {
        RedisFixture running = RedisFixture.start(RedisKind.DOCKER);
        RedisFixture frozen = RedisFixture.start(RedisKind.DOCKER);
        RedisFixture stopped = RedisFixture.start(RedisKind.DOCKER);
        frozen.freeze();
        stopped.stop();
        assertThat(containers()).hasSize(3);
        Stream.of(running, frozen, stopped).forEach(RedisFixture::close);
        assertThat(containers()).isEmpty();
    }

    @Test
    void shouldSayWhyAnImageCannotBePulled() {
        // Nothing listens on this port of the loopback address.
        String image = "127.0.0.1:" + Ports.free() + "/redis:none";
        assertThat(ImagePull.of(DockerEngine.require().client(), image, Duration.ofSeconds(20)))
                .hasValueSatisfying(reason -> assertThat(reason).contains("connection refused"));
    }

    private static List<Container> containers() {
        return DockerEngine.require()
                .client()
                .listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(DockerRedis.LABEL)
                .exec();
    }
}
