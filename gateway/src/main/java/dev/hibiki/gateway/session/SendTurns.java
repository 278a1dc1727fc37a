package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.LoopShard;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The sessions of one loop that wait for their turn to send. Confined to that loop.
 *
 * <p>Sessions that have much to send, since they resume for instance, take turns among themselves. Between two of their tasks
 * the loop does its I/O, its sweeps, and the turns of all others, so that live events do not wait for them. A session that has
 * begun goes first: otherwise thousands of sockets would all be half full for a long time, which takes the kernel's memory.
 */
final class SendTurns {
    /** The most bytes that one task sends to sessions that have much to send. */
    private static final int CATCH_UP_BYTES_PER_TASK = 512 * 1024;

    private final LoopShard shard;
    private final int maxWriteBytes;
    private final ArrayDeque<Session> ready = new ArrayDeque<>();
    private final ArrayDeque<Session> catchingUp = new ArrayDeque<>();
    private boolean readyScheduled;
    private boolean catchUpScheduled;

    SendTurns(LoopShard shard, int maxWriteBytes) {
        this.shard = shard;
        this.maxWriteBytes = maxWriteBytes;
    }

    /**
     * Lets the session send in the loop's next round of tasks, which is before its next I/O; or in one of the next rounds when
     * it has much to send.
     *
     * @param goesOn whether the session has sent something just now
     */
    void add(Session session, boolean goesOn) {
        if (!session.subscription().hasMuchMore(maxWriteBytes)) {
            ready.add(session);
            if (!readyScheduled) {
                shard.loop().execute(this::sendReady);
                readyScheduled = true; // Not before: there may be no memory for the task.
            }
            return;
        }
        if (goesOn) {
            catchingUp.addFirst(session);
        } else {
            catchingUp.addLast(session);
        }
        if (!catchUpScheduled) {
            afterIo(this::catchUp);
            catchUpScheduled = true;
        }
    }

    /** Unlike a task of execute(), a scheduled one runs only after the loop has looked at I/O. */
    private void afterIo(Runnable task) {
        shard.loop().schedule(task, 0, TimeUnit.NANOSECONDS);
    }

    private void sendReady() {
        try {
            // A session that becomes ready again during this round waits for the next round.
            for (int turns = ready.size(); turns > 0; turns--) {
                send(ready.remove());
            }
        } finally {
            readyScheduled = false;
            if (!ready.isEmpty()) {
                afterIo(this::sendReady);
                readyScheduled = true;
            }
        }
    }

    private void catchUp() {
        long encodedLimit = shard.encodedBytes() + LoopShard.ENCODED_BYTES_PER_TASK;
        try {
            for (int turns = Math.max(1, CATCH_UP_BYTES_PER_TASK / maxWriteBytes);
                    turns > 0 && !catchingUp.isEmpty() && shard.encodedBytes() < encodedLimit;
                    turns--) {
                send(catchingUp.remove());
            }
        } finally {
            catchUpScheduled = false;
            if (!catchingUp.isEmpty()) {
                afterIo(this::catchUp);
                catchUpScheduled = true;
            }
        }
    }

    private static void send(Session session) {
        session.setFlag(Session.SEND_SCHEDULED, false);
        session.path().sendNew(session);
    }
}
