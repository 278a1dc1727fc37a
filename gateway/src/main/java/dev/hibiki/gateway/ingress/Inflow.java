package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.hub.Hub;
import java.util.concurrent.atomic.AtomicLong;

/** What has come through one configured entry. Confined to the lock of its {@link Ingest}, except {@link #arrivals}. */
final class Inflow {
    private final ChannelSpec entry;
    /** Events that were lost, which clients still have to be told; -1 when the number is not known. */
    private long untold;

    private final AtomicLong arrivals = new AtomicLong();

    Inflow(ChannelSpec entry) {
        this.entry = entry;
    }

    void arrived() {
        arrivals.incrementAndGet();
    }

    /** Returns the number of events, valid or not, and of reports that events are lost. Thread-safe. */
    long arrivals() {
        return arrivals.get();
    }

    /** @param missed the number of events that are lost; -1 when it is not known */
    void lost(long missed) {
        untold = untold < 0 || missed < 0 ? -1 : untold + missed;
    }

    /** Tells clients what they still have to be told. @return false when there is no memory for that yet */
    boolean tell(Hub hub) {
        try {
            if (untold != 0) {
                hub.gap(entry, untold);
                untold = 0;
            }
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }
}
