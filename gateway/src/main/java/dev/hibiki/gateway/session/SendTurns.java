package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.LoopShard;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The sessions of one loop that wait for their turn to send. Confined to that loop.
 *
 * <p>Sessions that have much to send, since they resume for instance, take turns among themselves. Between two of their tasks
 * the loop does its I/O, its sweeps, and the turns of all others, so that live events do not wait for them.
 */
final class SendTurns {
    /** So much is sent in one task to sessions that have much to send. */
    private static final int CATCH_UP_BYTES_PER_TASK = 512 * 1024;

    private final LoopShard shard;
    private final int maxWriteBytes;
    private final ArrayDeque<Session> ready = new ArrayDeque<>();
    private final ArrayDeque<Session> catchingUp = new ArrayDeque<>();

    SendTurns(LoopShard shard, int maxWriteBytes) {
        this.shard = shard;
        this.maxWriteBytes = maxWriteBytes;
    }

    /**
     * Lets the session send in the loop's next round of tasks, which is before its next I/O; or in one of the next rounds when
     * it has much to send.
     */
    void add(Session session) {
        if (session.subscription().hasMuchMore(maxWriteBytes)) {
            catchingUp.add(session);
            if (catchingUp.size() == 1) {
                catchUpSoon();
            }
        } else {
            ready.add(session);
            if (ready.size() == 1) {
                shard.loop().execute(this::sendReady);
            }
        }
    }

    private void sendReady() {
        try {
            // A session that becomes ready again during this round waits for the next round.
            for (int turns = ready.size(); turns > 0; turns--) {
                sendNext(ready);
            }
        } finally {
            if (!ready.isEmpty()) { // After a look at I/O, which a task of execute() would delay.
                shard.loop().schedule(this::sendReady, 0, TimeUnit.NANOSECONDS);
            }
        }
    }

    private void catchUpSoon() {
        shard.loop().schedule(this::catchUp, 0, TimeUnit.NANOSECONDS);
    }

    private void catchUp() {
        long encodedLimit = shard.encodedBytes() + LoopShard.ENCODED_BYTES_PER_TASK;
        try {
            for (int turns = Math.max(1, CATCH_UP_BYTES_PER_TASK / maxWriteBytes);
                    turns > 0 && !catchingUp.isEmpty() && shard.encodedBytes() < encodedLimit;
                    turns--) {
                sendNext(catchingUp);
            }
        } finally {
            if (!catchingUp.isEmpty()) {
                catchUpSoon();
            }
        }
    }

    private static void sendNext(ArrayDeque<Session> sessions) {
        Session next = sessions.element();
        try {
            next.setFlag(Session.SEND_SCHEDULED, false);
            next.path().sendNew(next);
        } finally {
            sessions.remove();
        }
    }
}
