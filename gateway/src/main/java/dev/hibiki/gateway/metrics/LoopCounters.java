package dev.hibiki.gateway.metrics;

import io.micrometer.core.instrument.Timer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * What one event loop counts per delivery. Written by that loop only, read by any thread: an opaque store is a plain one
 * that no compiler may hold back.
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

    /** Events and bytes handed to one socket. */
    public void delivered(int eventCount, long byteCount) {
        DELIVERIES.setOpaque(this, deliveries + eventCount);
        BYTES.setOpaque(this, bytes + byteCount);
    }

    /** The sweep that begins, or is under way, has news of a topic that counts here. */
    public void sweeping() {
        sweeping = true;
    }

    /**
     * A sweep over all subscribers with news has ended. It counts when it had news of a topic that counts here.
     *
     * @param elapsedNs since the first of that news was appended
     */
    public void swept(long elapsedNs) {
        if (sweeping) {
            sweeping = false;
            SWEEPS.setOpaque(this, sweeps + 1);
            fanOut.record(elapsedNs, TimeUnit.NANOSECONDS);
        }
    }

    /** Events handed to sockets. */
    public long deliveries() {
        return (long) DELIVERIES.getOpaque(this);
    }

    /** Bytes of event frames handed to sockets. */
    public long bytes() {
        return (long) BYTES.getOpaque(this);
    }

    /** Sweeps over subscribers with news. */
    public long sweeps() {
        return (long) SWEEPS.getOpaque(this);
    }
}
