package dev.hibiki.gateway.runtime;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/** The clock of one event loop, and how late the loop is with its ticks. Confined to that loop, except {@link #lagSeconds}. */
public final class LoopClock {
    private final Ticker ticker;
    private final long tickNs;
    private volatile long nextTickNs;
    private volatile double lagSeconds;

    public LoopClock(Ticker ticker, int tickMs) {
        this.ticker = ticker;
        this.tickNs = TimeUnit.MILLISECONDS.toNanos(tickMs);
        start();
    }

    /** The first tick is due one interval from now. */
    public void start() {
        nextTickNs = ticker.nanoTime() + tickNs;
    }

    /** The loop ticks now, and again after one interval. */
    public void tick() {
        long now = ticker.nanoTime();
        lagSeconds = Math.max(0, now - nextTickNs) / 1e9;
        nextTickNs = now + tickNs;
    }

    /** How late the last tick of this loop was, or how late the next one is by now. Any thread. */
    public double lagSeconds() {
        return Math.max(lagSeconds, (ticker.nanoTime() - nextTickNs) / 1e9);
    }

    public long nanoTime() {
        return ticker.nanoTime();
    }

    /** Milliseconds since an arbitrary time, in 32 bits. */
    public int nowMs() {
        return (int) TimeUnit.NANOSECONDS.toMillis(ticker.nanoTime());
    }

    public long tickNs() {
        return tickNs;
    }
}
