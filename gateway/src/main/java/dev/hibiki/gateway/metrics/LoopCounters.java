package dev.hibiki.gateway.metrics;

import io.micrometer.core.instrument.Timer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * The counters of one event loop that change with each delivery. Written by that loop only, read by any thread. An opaque
 * store costs as much as a plain one, but the compiler may not defer it for ever.
 */
public final class LoopCounters {
    private static final VarHandle DELIVERIES;
    private static final VarHandle BYTES;
    private static final VarHandle SWEEPS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            DELIVERIES = lookup.findVarHandle(LoopCounters.class, "deliveries", long.class);
            BYTES = lookup.findVarHandle(LoopCounters.class, "bytes", long.class);
            SWEEPS = lookup.findVarHandle(LoopCounters.class, "sweeps", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Timer fanOut;
    private long deliveries;
    private long bytes;
    private long sweeps;
    /** Whether the sweep under way has news of a topic that counts here. */
    private boolean sweeping;

    LoopCounters(Timer fanOut) {
        this.fanOut = fanOut;
    }

    /** Counts the events and bytes handed to one socket. */
    public void delivered(int eventCount, long byteCount) {
        DELIVERIES.setOpaque(this, deliveries + eventCount);
        BYTES.setOpaque(this, bytes + byteCount);
    }

    /** The next or current sweep has news of a topic that these counters include. */
    public void sweeping() {
        sweeping = true;
    }

    /**
     * Counts a sweep that has ended, if it had news of a topic that these counters include.
     *
     * @param elapsedNs the time since the first event of the sweep was appended
     */
    public void swept(long elapsedNs) {
        if (sweeping) {
            sweeping = false;
            SWEEPS.setOpaque(this, sweeps + 1);
            fanOut.record(elapsedNs, TimeUnit.NANOSECONDS);
        }
    }

    public long deliveries() {
        return (long) DELIVERIES.getOpaque(this);
    }

    public long bytes() {
        return (long) BYTES.getOpaque(this);
    }

    public long sweeps() {
        return (long) SWEEPS.getOpaque(this);
    }
}
