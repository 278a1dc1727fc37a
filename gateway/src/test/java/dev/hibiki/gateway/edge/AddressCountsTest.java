package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AddressCountsTest {
    private static final long SEED = 42;

    private final AddressCounts counts = new AddressCounts();

    @Test
    void shouldAgreeWithAHashMap() {
        Map<Long, Integer> expected = new HashMap<>();
        Random random = new Random(SEED);
        for (int i = 0; i < 200_000; i++) {
            // The table grows and shrinks several times, with keys that collide.
            boolean grows = i / 20_000 % 2 == 0;
            long key = random.nextInt(3_000) * (1L << 40);
            if (random.nextInt(10) < (grows ? 8 : 2)) {
                assertThat(counts.add(key)).isEqualTo(expected.merge(key, 1, Integer::sum));
            } else if (expected.containsKey(key)) {
                counts.remove(key);
                expected.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
            }
        }
        assertThat(counts.addresses()).isEqualTo(expected.size()).isPositive();
        expected.forEach((key, count) -> assertThat(counts.add(key)).isEqualTo(count + 1));
    }

    @Test
    void shouldCountZeroLikeAnyOtherKey() {
        assertThat(counts.add(0)).isOne();
        assertThat(counts.add(0)).isEqualTo(2);
        counts.remove(0);
        counts.remove(0);

        assertThat(counts.addresses()).isZero();
    }

    @Test
    void shouldRefuseToRemoveAnUncountedKey() {
        counts.add(1);

        assertThatIllegalStateException().isThrownBy(() -> counts.remove(2));
    }

    @Test
    void shouldCountCorrectlyFromSeveralThreads() {
        List<CompletableFuture<Void>> threads = IntStream.range(0, 4)
                .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        counts.add(i % 50);
                        counts.add(1_000L * thread + i % 300);
                        counts.remove(i % 50);
                        counts.remove(1_000L * thread + i % 300);
                    }
                    counts.add(7);
                }))
                .toList();
        threads.forEach(CompletableFuture::join);

        assertThat(counts.add(7)).isEqualTo(5);
        assertThat(counts.addresses()).isOne();
    }
}
