package dev.hibiki.gateway.drain;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What one client goes through in each phase of a rolling restart. Confined to the thread of its swarm, and to be read when
 * that has ended.
 *
 * <p>What it is sent after it has come back, of the time before, is late by what its absence took; that says nothing about the
 * gateway that sends it, and is left out.
 */
public final class RestartTimes {
    /** What goes on. */
    enum Phase {
        GATHERING,
        BEFORE,
        FIRST_RESTART,
        BETWEEN,
        SECOND_RESTART,
        AFTER
    }

    /** The phase in which all are. Any thread. */
    static final class Clock {
        private volatile Phase phase = Phase.GATHERING;

        void enter(Phase next) {
            phase = next;
        }
    }

    private final Clock clock;
    private final Map<Phase, Delays> delays = new EnumMap<>(Phase.class);
    private final Set<Phase> left = EnumSet.noneOf(Phase.class);
    private int losses;
    private int refusals;
    private long arrivedNs = Long.MAX_VALUE;

    RestartTimes(Clock clock) {
        this.clock = clock;
    }

    public void arrived() {
        arrivedNs = System.nanoTime();
    }

    public void departed(boolean clean) {
        left.add(clock.phase);
        losses += clean ? 0 : 1;
    }

    public void refused() {
        refusals++;
    }

    public void delivered(long dueNs) {
        if (dueNs - arrivedNs < 0) {
            return;
        }
        delays.computeIfAbsent(clock.phase, phase -> new Delays())
                .add(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - dueNs));
    }

    /** Whether its connection stood all the time. */
    boolean stayed(Phase phase) {
        return !left.contains(phase);
    }

    /** How often a connection broke without a close frame. */
    int losses() {
        return losses;
    }

    /** How often it was not let in. */
    int refusals() {
        return refusals;
    }

    void addTo(Delays sum, Phase phase) {
        Delays own = delays.get(phase);
        if (own != null) {
            sum.addAll(own);
        }
    }
}
