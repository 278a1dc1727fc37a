package dev.hibiki.gateway.drain;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The time of a drain: its clock, and the waits of its thread. A test replaces the waits, and needs no time then.
 * Thread-safe.
 */
class Patience {
    private final LongSupplier nanoClock;
    private final CountDownLatch expedited = new CountDownLatch(1);

    Patience(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    final long nanoTime() {
        return nanoClock.getAsLong();
    }

    /** Ends the patience: {@link #await} does not wait any longer. */
    final void expedite() {
        expedited.countDown();
    }

    final boolean isExpedited() {
        return expedited.getCount() == 0;
    }

    /** Waits until the time is up, or until the drain is expedited. @return true when it is expedited */
    boolean await(long maxWaitMs) throws InterruptedException {
        return expedited.await(maxWaitMs, TimeUnit.MILLISECONDS);
    }

    /** Waits for about this time, also when the drain is expedited. */
    void pause(long ms) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ms));
    }
}
