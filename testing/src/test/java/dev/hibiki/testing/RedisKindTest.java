package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class RedisKindTest {
    @Test
    void shouldPreferAContainerThenThePathThenTheEmbeddedBinary() {
        assertThat(RedisKind.choose(null, kind -> true)).isEqualTo(RedisKind.DOCKER);
        assertThat(RedisKind.choose("", kind -> kind != RedisKind.DOCKER)).isEqualTo(RedisKind.PATH);
        assertThat(RedisKind.choose(null, kind -> false)).isEqualTo(RedisKind.EMBEDDED);
    }

    @Test
    void shouldTakeTheForcedKindWhateverIsAvailable() {
        assertThat(RedisKind.choose("docker", kind -> false)).isEqualTo(RedisKind.DOCKER);
        assertThat(RedisKind.choose("embedded", kind -> true)).isEqualTo(RedisKind.EMBEDDED);
    }

    @Test
    void shouldNameTheVariableTheValueAndWhatWasExpected() {
        assertThatThrownBy(() -> RedisKind.choose("podman", kind -> true))
                .hasMessage("HIBIKI_TEST_REDIS_KIND: podman (expected: one of [docker, path, embedded])");
    }
}
