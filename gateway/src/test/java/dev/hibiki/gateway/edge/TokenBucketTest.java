package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private static int taken(TokenBucket bucket, int tries, long nowNs) {
        return (int) IntStream.range(0, tries).filter(i -> bucket.take(nowNs)).count();
    }

    /** The clock may start anywhere and overflow. */
    @ParameterizedTest
    @ValueSource(longs = {0, -5, Long.MAX_VALUE - 100, Long.MIN_VALUE})
    void shouldAllowABurstAndThenItsRate(long start) {
        TokenBucket bucket = new TokenBucket(10, 30, start);

        assertThat(taken(bucket, 100, start)).isEqualTo(30);
        assertThat(taken(bucket, 100, start + SECOND)).isEqualTo(10);
        assertThat(taken(bucket, 100, start + SECOND + SECOND / 10)).isOne();
        assertThat(taken(bucket, 100, start + 60 * SECOND)).isEqualTo(30);
    }

    @Test
    void shouldTakeNoTokenForARefusal() {
        TokenBucket bucket = new TokenBucket(1, 1, 0);
        assertThat(taken(bucket, 1_000, 0)).isOne();

        assertThat(bucket.take(SECOND)).isTrue();
    }

    @Test
    void shouldNotGiveATokenTwiceToSeveralThreads() {
        TokenBucket bucket = new TokenBucket(1, 10_000, 0);
        List<CompletableFuture<Integer>> threads = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> taken(bucket, 10_000, 0)))
                .toList();

        assertThat(threads.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(10_000);
    }

    @Test
    void shouldGiveEachAddressABucketOfItsOwn() {
        AddressBuckets buckets = new AddressBuckets(10, 3, -7);
        for (long key = 0; key < 500; key++) {
            for (int i = 0; i < 3; i++) {
                assertThat(buckets.take(key, -7)).isTrue();
            }
        }
        for (long key = 0; key < 500; key++) {
            assertThat(buckets.take(key, -7)).as("address %s", key).isFalse();
            assertThat(buckets.take(key, -7 + SECOND / 10)).isTrue();
        }
    }

    @Test
    void shouldForgetTheFullestBucketsWhenThereAreTooManyAddresses() {
        AddressBuckets buckets = new AddressBuckets(1, 1_000, 0);
        for (int i = 0; i < 1_000; i++) {
            buckets.take(1, 0);
        }
        for (long key = 2; key < 100_000; key++) {
            assertThat(buckets.take(key, 0)).isTrue();
        }
        assertThat(buckets.take(1, 0)).as("take from the empty bucket").isFalse();
    }
}
