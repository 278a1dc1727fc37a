package dev.hibiki.gateway.redis;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Exponential back-off with full jitter: uniform between zero and a bound that doubles from try to try. Confined to one
 * thread. Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 */
final class Backoff {
    private static final long FIRST_BOUND_MS = 100;
    private static final long LAST_BOUND_MS = 3_000;

    private long boundMs = FIRST_BOUND_MS;

    long nextDelayMs() {
        long delayMs = ThreadLocalRandom.current().nextLong(boundMs + 1);
        boundMs = Math.min(LAST_BOUND_MS, 2 * boundMs);
        return delayMs;
    }

    void reset() {
        boundMs = FIRST_BOUND_MS;
    }
}
