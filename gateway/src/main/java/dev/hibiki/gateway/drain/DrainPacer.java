package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.wire.CloseCode;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;

/**
 * Ends all sessions at a rate, because each client that comes back costs a handshake elsewhere. The order is random:
 * clients that came together, from one proxy or one country, must not all go together. Each loop shuffles its sessions; a
 * draw chooses the next loop, weighted by the sessions that it has left. Confined to the thread that calls {@link #run},
 * except {@link #left}.
 */
final class DrainPacer {
    private static final int STEP_MS = 10;

    private final Sessions sessions;
    private final Patience patience;
    private final CloseCode code;
    private final List<LoopDrain> loops;

    /** @param patience when it is expedited, the sessions that are left end at once */
    DrainPacer(Sessions sessions, CloseCode code, Patience patience) {
        this.sessions = sessions;
        this.code = code;
        this.patience = patience;
        this.loops =
                sessions.loops().stream().map(loop -> new LoopDrain(loop, code)).toList();
    }

    /** How many sessions are still to be ended, as far as the loops have told. Any thread. */
    int left() {
        return loops.stream().mapToInt(loop -> Math.max(0, loop.left())).sum();
    }

    /**
     * Admits no new sessions, and returns when all sessions were told to end.
     *
     * @param perSecond gives the rate at a time of the drain's clock, in sessions per second; at 0 no session ends
     * @param deadlineMs after this time, or when the drain is expedited, the sessions that are left end at once
     * @param progress runs every {@value #STEP_MS} milliseconds
     * @return true when all sessions ended at the rate
     */
    boolean run(LongToIntFunction perSecond, long deadlineMs, Runnable progress) throws InterruptedException {
        sessions.stopAdmitting();
        loops.forEach(LoopDrain::begin);
        long begunNs = patience.nanoTime();
        long deadlineNs = TimeUnit.MILLISECONDS.toNanos(deadlineMs);
        Pace pace = new Pace(begunNs);
        boolean expedited = false;
        while (!isDone() && !expedited && patience.nanoTime() - begunNs < deadlineNs) {
            if (loops.stream().allMatch(loop -> loop.left() >= 0)) {
                long nowNs = patience.nanoTime();
                grant(pace.take(perSecond.applyAsInt(nowNs), nowNs));
            }
            progress.run();
            expedited = patience.await(STEP_MS);
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
