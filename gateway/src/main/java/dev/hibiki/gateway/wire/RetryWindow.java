package dev.hibiki.gateway.wire;

import java.util.concurrent.ThreadLocalRandom;

/** The delays between which a client chooses before it reconnects, so that not all come at once; in milliseconds. */
public record RetryWindow(int minMs, int maxMs) {
    /** After a connection that was lost. */
    public static final RetryWindow AFTER_LOSS = new RetryWindow(1_000, 5_000);

    /** After a session that the gateway has ended. */
    public static final RetryWindow AFTER_END = new RetryWindow(500, 8_000);

    /** Returns a random delay of this window. */
    public int draw() {
        return ThreadLocalRandom.current().nextInt(minMs, maxMs);
    }
}
