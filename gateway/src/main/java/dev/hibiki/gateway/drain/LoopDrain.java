package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.session.CloseReason;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.wire.CloseCode;
import io.netty.channel.group.ChannelMatchers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends the sessions of one loop, in random order. Confined to that loop, except {@link #begin}, {@link #grant} and
 * {@link #left}, which are for the thread that drains.
 */
final class LoopDrain {
    private final SessionLoop loop;
    private final CloseReason reason;
    private final List<Session> sessions = new ArrayList<>();
    private final AtomicInteger granted = new AtomicInteger();
    private volatile int left = -1;

    LoopDrain(SessionLoop loop, CloseCode code) {
        this.loop = loop;
        this.reason = CloseReason.of(code);
    }

    /** Takes the sessions that the loop has when it runs this task. Returns at once. */
    void begin() {
        loop.executeSoon(() -> {
            loop.group().forEach(ChannelMatchers.all(), sessions::add);
            Collections.shuffle(sessions);
            left = sessions.size();
        });
    }

    /** How many sessions are still to be ended; negative until the loop has counted them. */
    int left() {
        return left;
    }

    /** Ends this many more sessions. Returns at once. */
    void grant(int count) {
        if (count > 0 && granted.getAndAdd(count) == 0) {
            loop.executeSoon(this::end);
        }
    }

    private void end() {
        int due = granted.getAndSet(0);
        while (due > 0 && !sessions.isEmpty()) {
            Session session = sessions.remove(sessions.size() - 1);
            if (session.isOpen()) { // A session that has left by itself gives its turn to another.
                session.close(reason);
                due--;
            }
        }
        left = sessions.size();
    }
}
