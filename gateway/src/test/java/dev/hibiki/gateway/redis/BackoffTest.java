package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final long[] BOUNDS_MS = {100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000};

    @Test
    void shouldDoubleItsBoundUpToAFewSecondsAndRestartAfterSuccess() {
        long[] longest = new long[BOUNDS_MS.length];
        Backoff backoff = new Backoff();
        for (int round = 0; round < 2_000; round++) {
            backoff.reset();
            for (int i = 0; i < BOUNDS_MS.length; i++) {
                long delayMs = backoff.nextDelayMs();
                assertThat(delayMs).isBetween(0L, BOUNDS_MS[i]);
                longest[i] = Math.max(longest[i], delayMs);
            }
        }
        for (int i = 1; i < 6; i++) {
            assertThat(longest[i]).isGreaterThan(BOUNDS_MS[i - 1]);
        }
    }
}
