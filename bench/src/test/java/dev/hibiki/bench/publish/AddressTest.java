package dev.hibiki.bench.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AddressTest {
    @Test
    void shouldReadRedisAddresses() {
        assertThat(RedisAddress.parse("redis://10.0.0.1")).isEqualTo(new RedisAddress("10.0.0.1", 6379, null, null));
        assertThat(RedisAddress.parse("redis://u:p@h:1")).isEqualTo(new RedisAddress("h", 1, "u", "p"));
        assertThat(RedisAddress.parse("redis://:p@h:1")).isEqualTo(new RedisAddress("h", 1, null, "p"));
        assertThatThrownBy(() -> RedisAddress.parse("rediss://h")).hasMessageContaining("expected: redis://");
    }

    @Test
    void shouldFillTheTemplateOfAnHttpAddress() {
        HttpTarget target = HttpTarget.parse("http://h:9765/publish/{channel}?r={region}", "a:b c");
        assertThat(new String(target.head("日本", 3), StandardCharsets.US_ASCII))
                .startsWith("POST /publish/a%3Ab+c?r=%E6%97%A5%E6%9C%AC HTTP/1.1\r\nHost: h:9765\r\n")
                .contains("Content-Length: 3\r\n")
                .endsWith("\r\n\r\n");
        assertThatThrownBy(() -> HttpTarget.parse("ftp://h/", "c")).hasMessageContaining("expected: http://");
    }
}
