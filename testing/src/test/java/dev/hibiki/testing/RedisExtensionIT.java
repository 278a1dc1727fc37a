package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RedisExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class RedisExtensionIT {
    private static int port;

    private RedisFixture redis;

    @BeforeEach
    void keep(RedisFixture redis) {
        this.redis = redis;
    }

    @Test
    @Order(1)
    void shouldGiveATestItsServer(RedisFixture same) {
        assertThat(same).isSameAs(redis);
        redis.cli("SET", "left", "over");
        port = redis.port();
        redis.kill();
    }

    @Test
    @Order(2)
    void shouldBringTheSameServerBackEmptyForTheNextTest() {
        assertThat(redis.port()).isEqualTo(port);
        assertThat(redis.cli("EXISTS", "left")).isEqualTo("0");
    }

    @Nested
    final class InANestedClass {
        @Test
        void shouldBeTheSameServer(RedisFixture same) {
            assertThat(same).isSameAs(redis);
        }
    }
}
