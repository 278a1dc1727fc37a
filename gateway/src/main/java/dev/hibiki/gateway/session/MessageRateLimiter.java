package dev.hibiki.gateway.session;

import java.util.HashMap;
import java.util.Map;

/**
 * How much each client has said since the last tick. Confined to its event loop. Nearly all clients are silent nearly
 * always, and those cost nothing.
 */
final class MessageRateLimiter {
    private final int maxPerTick;
    private final Map<Session, Integer> said = new HashMap<>();

    /** @param maxPerSecond 0 for no limit */
    MessageRateLimiter(int maxPerSecond, int tickMs) {
        this.maxPerTick = maxPerSecond == 0 ? 0 : (int) Math.max(1, (long) maxPerSecond * tickMs / 1000);
    }

    /** Counts one message. @return true when it is one too many */
    boolean isTooMuch(Session session) {
        return maxPerTick > 0 && said.merge(session, 1, Integer::sum) > maxPerTick;
    }

    void tick() {
        said.clear();
    }
}
