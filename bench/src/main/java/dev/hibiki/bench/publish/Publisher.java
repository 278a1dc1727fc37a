package dev.hibiki.bench.publish;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends one phase's events on its schedule, on a thread of its own.
 *
 * <p>The schedule waits for nobody (an open loop): an event that could not be sent in time is sent as soon as possible, but
 * stamped with the time at which it was due, so that the delay shows in the latencies instead of vanishing ("coordinated
 * omission", Gil Tene).
 */
public final class Publisher {
    private static final int BLAST_OUTSTANDING = 1_000;
    private static final long BLAST_PAUSE_NS = 20_000;

    private final EventTemplate template;
    private final EventPort port;
    private final Schedule schedule;
    private final long first;
    private final long count;
    private final long sequenceBase;
    private final IntendedTimes intendedTimes = new IntendedTimes();
    private final Thread thread = new Thread(this::run, "publisher");
    private volatile long startNs;
    private volatile long published;
    private volatile boolean stopped;
    private volatile @Nullable IOException failure;

    /** Will send {@code count} events, numbered from {@code first}; a number's sequence is the base plus the number. */
    public Publisher(
            EventTemplate template, EventPort port, Schedule schedule, long sequenceBase, long first, long count) {
        this.template = template;
        this.port = port;
        this.schedule = schedule;
        this.sequenceBase = sequenceBase;
        this.first = first;
        this.count = count;
    }

    /** Starts; the schedule's zero is {@code startNs}. */
    public void start(long startNs) {
        this.startNs = startNs;
        thread.setDaemon(true);
        thread.start();
    }

    /** Asks for an early end. */
    public void stop() {
        stopped = true;
    }

    public boolean done() {
        return !thread.isAlive();
    }

    /** How many events of this phase are on their way. */
    public long published() {
        return published;
    }

    /** Why publishing ended early, if it did. */
    public @Nullable String failure() {
        IOException e = failure;
        return e != null ? "publishing failed: " + e.getMessage() : port.failure();
    }

    /** To be asked when {@link #done}. */
    public IntendedTimes intendedTimes() {
        return intendedTimes;
    }

    private void run() {
        try {
            long i = 0;
            while (i < count && !stopped) {
                long due = schedule == Schedule.BLAST ? blastDue() : startNs + schedule.dueNs(i);
                if (due > System.nanoTime()) {
                    port.flush();
                    pause(due);
                } else {
                    send(first + i, due);
                    published = ++i;
                }
            }
            port.flush();
        } catch (IOException e) {
            failure = e;
        }
    }

    private long blastDue() throws IOException {
        while (port.outstanding() > BLAST_OUTSTANDING && !stopped) {
            port.flush();
            LockSupport.parkNanos(BLAST_PAUSE_NS);
        }
        return Math.max(startNs, System.nanoTime());
    }

    private static void pause(long untilNs) {
        long waitNs = untilNs - System.nanoTime();
        if (waitNs > 0) {
            LockSupport.parkNanos(waitNs);
        }
    }

    private void send(long number, long intendedNs) throws IOException {
        int region = (int) (number % template.regions().size());
        intendedTimes.add(intendedNs);
        template.fill(region, sequenceBase + number, intendedNs);
        port.put(template.bytes(), template.length(), template.regions().get(region));
    }
}
