package dev.hibiki.gateway.redis;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Counts the attempts to connect that are under way. Thread-safe.
 *
 * <p>When a channel is registered with an event loop that is already ending, nothing closes it, and its buffer leaks. So
 * before the loops end, no more attempts may begin, and those under way must have succeeded or failed.
 */
final class PendingConnects implements AutoCloseable {
    private static final long CLOSE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);

    private int underWay;
    private boolean closed;

    <T> CompletableFuture<T> begin(Supplier<? extends CompletionStage<T>> attempt) {
        CompletableFuture<T> begun;
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(new IllegalStateException("this gateway is ending"));
            }
            begun = attempt.get().toCompletableFuture();
            underWay++;
        }
        begun.whenComplete((done, failure) -> end());
        return begun;
    }

    private synchronized void end() {
        underWay--;
        notifyAll();
    }

    /** True when no more attempts may begin: the source is closing. */
    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        long deadlineNs = System.nanoTime() + CLOSE_TIMEOUT_NS;
        try {
            long remainingNs;
            while (underWay > 0 && (remainingNs = deadlineNs - System.nanoTime()) > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, remainingNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
