package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class RedisKindTest {
    @Test
    void shouldPreferAContainerThenThePathThenTheEmbeddedBinary() {
        assertThat(RedisKind.choose(null, Optional::empty, () -> true).kind()).isEqualTo(RedisKind.DOCKER);
        assertThat(RedisKind.choose("", RedisKindTest::noEngine, () -> true).kind())
                .isEqualTo(RedisKind.PATH);
        assertThat(RedisKind.choose(null, RedisKindTest::noEngine, () -> false).kind())
                .isEqualTo(RedisKind.EMBEDDED);
    }

    @Test
    void shouldNameItsChoiceAndTheReason() {
        assertThat(RedisKind.choose(null, Optional::empty, () -> true))
                .hasToString("a container of the Docker engine: one was started and answered");
        assertThat(RedisKind.choose(null, RedisKindTest::noEngine, () -> true))
                .hasToString("redis-server on the PATH: no Docker engine answers");
        assertThat(RedisKind.choose(null, RedisKindTest::noEngine, () -> false))
                .hasToString("the redis-server that the embedded-redis artifact carries: "
                        + "no Docker engine answers, and there is no redis-server on the PATH");
        assertThat(RedisKind.choose("path", RedisKindTest::noEngine, () -> true))
                .hasToString("redis-server on the PATH: HIBIKI_TEST_REDIS_KIND is path");
    }

    @Test
    void shouldUseTheConfiguredKindWithoutAskingTheEngine() {
        Supplier<Optional<String>> notAsked = () -> fail("the engine was asked");
        assertThat(RedisKind.choose("docker", notAsked, () -> true).kind()).isEqualTo(RedisKind.DOCKER);
        assertThat(RedisKind.choose("embedded", notAsked, () -> true).kind()).isEqualTo(RedisKind.EMBEDDED);
    }

    @Test
    void shouldNameTheVariableItsValueAndTheExpectation() {
        assertThatThrownBy(() -> RedisKind.choose("podman", Optional::empty, () -> true))
                .hasMessage("HIBIKI_TEST_REDIS_KIND: podman (expected: one of [docker, path, embedded, valkey])");
    }

    private static Optional<String> noEngine() {
        return Optional.of("no Docker engine answers");
    }
}
