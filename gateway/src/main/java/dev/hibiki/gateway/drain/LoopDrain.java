package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.wire.CloseCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The sessions of one loop on their way out, in random order. Confined to that loop, but for {@link #begin}, {@link #grant}
 * and {@link #left}, which are for the thread that drains.
 */
final class LoopDrain {
    private final SessionLoop loop;
    private final CloseCode code;
    private final List<Session> sessions = new ArrayList<>();
    private final AtomicInteger granted = new AtomicInteger();
    private volatile int left = -1;

    LoopDrain(SessionLoop loop, CloseCode code) {
        this.loop = loop;
        this.code = code;
    }

    /** Takes those that are inside when the loop comes to it. Returns at once. */
    void begin() {
        loop.executeSoon(() -> {
            loop.shard().forEachMember(member -> sessions.add((Session) member));
            Collections.shuffle(sessions);
            left = sessions.size();
        });
    }

    /** How many are still to be ended; negative until the loop knows. */
    int left() {
        return left;
    }

    /** Ends so many more. Returns at once. */
    void grant(int count) {
        if (count > 0 && granted.getAndAdd(count) == 0) {
            loop.executeSoon(this::end);
        }
    }

    private void end() {
        int due = granted.getAndSet(0);
        while (due > 0 && !sessions.isEmpty()) {
            Session session = sessions.remove(sessions.size() - 1);
            if (session.isOpen()) { // Those that have gone by themselves leave their turn to others.
                session.end(code);
                due--;
            }
        }
        left = sessions.size();
    }
}
