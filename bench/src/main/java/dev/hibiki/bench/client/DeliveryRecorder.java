package dev.hibiki.bench.client;

import dev.hibiki.bench.measure.PhaseStats;
import dev.hibiki.bench.wire.FieldFinder;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** Counts one loop's deliveries. Confined to its loop; {@link #publishTotals} lets others see the totals. */
final class DeliveryRecorder {
    /** Sequences further than this from the run's base are another run's. */
    private static final long MAX_NUMBER = 1_000_000_000;

    private final FieldFinder sequence = new FieldFinder("seq");
    private final FieldFinder timeStamp = new FieldFinder("ts_ns");
    private final long sequenceBase;
    private final int regions;
    private final AtomicLong totalMessages = new AtomicLong();
    private final AtomicLong totalBytes = new AtomicLong();
    private PhaseStats phase = new PhaseStats(0);
    private long messages;
    private long bytes;
    private long foreign;
    private long nowNs;

    DeliveryRecorder(long sequenceBase, int regions) {
        this.sequenceBase = sequenceBase;
        this.regions = regions;
    }

    /** The time at which the bytes that come next were read. */
    void readAt(long nowNs) {
        this.nowNs = nowNs;
    }

    /** A message whose text is in {@code [from, to)}. */
    void message(Connection connection, ByteBuffer in, int from, int to) {
        messages++;
        bytes += to - from;
        if (connection.role() != Role.STEADY) {
            return;
        }
        long number = sequence.parse(in, from, to) - sequenceBase;
        int region = connection.region();
        if (number < 0 || number > MAX_NUMBER || (regions > 1 && number % regions != region)) {
            foreign++;
            return;
        }
        connection.tracker().accept(regions > 1 ? number / regions : number);
        phase.delivered(number);
        if (connection.sampled()) {
            long intendedNs = timeStamp.parse(in, from, to);
            if (intendedNs != FieldFinder.NOT_FOUND) {
                phase.sampled(number, intendedNs, nowNs);
            }
        }
    }

    /** A message that is counted by its frame alone. */
    void unread(Connection connection, int length) {
        messages++;
        bytes += length;
        if (connection.role() == Role.STEADY) {
            connection.tracker().acceptNext();
            phase.deliveredUnread();
        }
    }

    void publishTotals() {
        totalMessages.lazySet(messages);
        totalBytes.lazySet(bytes);
    }

    /** Any thread: all messages so far. */
    long totalMessages() {
        return totalMessages.get();
    }

    /** Any thread: all payload bytes so far. */
    long totalBytes() {
        return totalBytes.get();
    }

    long foreign() {
        return foreign;
    }

    /** Starts a phase and gives the one before away. */
    PhaseStats switchPhase(long first) {
        PhaseStats before = phase;
        phase = new PhaseStats(first);
        return before;
    }

    PhaseStats phase() {
        return phase;
    }
}
