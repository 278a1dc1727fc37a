package dev.hibiki.gateway.drain;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Counts and delays of one client in each phase of a rolling restart. Confined to the thread of its swarm; read it when that
 * thread has ended.
 *
 * <p>Events from the time of the client's absence are late because of the absence, not because of the gateway, so their
 * delays do not count.
 */
public final class RestartTimes {
    /** The phases of the restart. */
    enum Phase {
        GATHERING,
        BEFORE,
        FIRST_RESTART,
        BETWEEN,
        SECOND_RESTART,
        AFTER
    }

    /** The current phase of all clients. Any thread. */
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

    /** Whether the client stayed connected during the whole phase. */
    boolean stayed(Phase phase) {
        return !left.contains(phase);
    }

    /** How often a connection broke without a close frame. */
    int losses() {
        return losses;
    }

    /** How often the client was refused. */
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
