package dev.hibiki.gateway.edge;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts the messages of each client since the last tick. Confined to its event loop. A client that sent nothing since
 * then takes no memory here, and nearly all clients are silent nearly always.
 */
public final class MessageRateLimiter {
    private final int maxPerTick;
    private final Map<Object, Integer> messages = new HashMap<>();

    /** @param maxPerSecond 0 for no limit */
    public MessageRateLimiter(int maxPerSecond, int tickMs) {
        this.maxPerTick = maxPerSecond == 0 ? 0 : (int) Math.max(1, (long) maxPerSecond * tickMs / 1000);
    }

    /** Counts one message. @return true when the client has sent too many since the last tick */
    public boolean exceedsLimit(Object client) {
        return maxPerTick > 0 && messages.merge(client, 1, Integer::sum) > maxPerTick;
    }

    public void tick() {
        messages.clear();
    }
}
