package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.wire.CloseCode;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;

/**
 * Ends all sessions at a rate, in random order: each that comes back costs a handshake elsewhere, and those who
 * came together, from one proxy or one country, must not all go together. Each loop shuffles its own; which loop is next is
 * drawn by how many it has left. Confined to the thread that calls {@link #run}, but for {@link #left}.
 */
public final class DrainPacer {
    private static final int STEP_MS = 10;

    private final Sessions sessions;
    private final CountDownLatch hurry;
    private final CloseCode code;
    private final List<LoopDrain> loops;

    /** @param hurry when it is at zero, the rest is ended at once */
    public DrainPacer(Sessions sessions, CloseCode code, CountDownLatch hurry) {
        this.sessions = sessions;
        this.code = code;
        this.hurry = hurry;
        this.loops =
                sessions.loops().stream().map(loop -> new LoopDrain(loop, code)).toList();
    }

    /** How many sessions are still to be ended, as far as is known. Any thread. */
    public int left() {
        return loops.stream().mapToInt(loop -> Math.max(0, loop.left())).sum();
    }

    /**
     * Lets no more begin, and returns when all sessions were told to end.
     *
     * @param perSecond at which rate now, by {@link System#nanoTime}; at 0 nobody has to go
     * @param progress runs every {@value #STEP_MS} milliseconds
     * @return whether all went at that rate; else the rest went at once, at the end of the time or of patience
     */
    public boolean run(LongToIntFunction perSecond, long deadlineMs, Runnable progress) throws InterruptedException {
        sessions.stopAdmitting();
        loops.forEach(LoopDrain::begin);
        long begunNs = System.nanoTime();
        long deadlineNs = TimeUnit.MILLISECONDS.toNanos(deadlineMs);
        Pace pace = new Pace(begunNs);
        boolean hurried = false;
        while (!isDone() && !hurried && System.nanoTime() - begunNs < deadlineNs) {
            if (loops.stream().allMatch(loop -> loop.left() >= 0)) {
                long nowNs = System.nanoTime();
                grant(pace.take(perSecond.applyAsInt(nowNs), nowNs));
            }
            progress.run();
            hurried = hurry.await(STEP_MS, TimeUnit.MILLISECONDS);
        }
        boolean done = isDone();
        sessions.endAll(code);
        return done;
    }

    private boolean isDone() {
        return loops.stream().allMatch(loop -> loop.left() == 0);
    }

    private void grant(int count) {
        int[] lefts = loops.stream().mapToInt(LoopDrain::left).toArray();
        int[] grants = new int[lefts.length];
        int all = IntStream.of(lefts).sum();
        for (int due = Math.min(count, all); due > 0; due--, all--) {
            int drawn = ThreadLocalRandom.current().nextInt(all);
            int loop = 0;
            while (drawn >= lefts[loop]) {
                drawn -= lefts[loop++];
            }
            lefts[loop]--;
            grants[loop]++;
        }
        for (int i = 0; i < grants.length; i++) {
            loops.get(i).grant(grants[i]);
        }
    }
}
