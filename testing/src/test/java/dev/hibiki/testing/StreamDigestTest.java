package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class StreamDigestTest {
    @Test
    void shouldDependOnContentOrderAndBoundaries() {
        long digest = of("ab", "c");
        assertThat(of("ab", "c")).isEqualTo(digest);
        assertThat(Stream.of(of("c", "ab"), of("a", "bc"), of("abc"), of("ab", "d"), of("ab", "c", "")))
                .doesNotContain(digest)
                .doesNotHaveDuplicates();
    }

    private static long of(String... payloads) {
        return StreamDigest.of(Stream.of(payloads)
                .map(payload -> payload.getBytes(StandardCharsets.UTF_8))
                .toList());
    }
}
