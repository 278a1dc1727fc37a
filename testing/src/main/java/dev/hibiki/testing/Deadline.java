package dev.hibiki.testing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The time at which a wait fails. Immutable. */
final class Deadline {
    private static final long POLL_INTERVAL_MS = 5;

    private final Duration allowed;
    private final long endNs;

    private Deadline(Duration allowed) {
        this.allowed = allowed;
        this.endNs = System.nanoTime() + allowed.toNanos();
    }

    static Deadline in(Duration allowed) {
        return new Deadline(allowed);
    }

    boolean isOver() {
        return endNs - System.nanoTime() <= 0;
    }

    long remainingNs() {
        return Math.max(0, endNs - System.nanoTime());
    }

    /** The remaining time for {@link java.net.Socket#setSoTimeout}; never 0, which would mean no timeout. */
    int remainingSocketMs() {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(remainingNs())));
    }

    /** Polls until the condition holds; fails at the deadline with the text of {@code awaited}. */
    void awaitUntil(Supplier<String> awaited, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (isOver()) {
                throw new AssertionError("Not within " + allowed.toMillis() + " ms: " + awaited.get());
            }
            pause();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_INTERVAL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting", e);
        }
    }
}
