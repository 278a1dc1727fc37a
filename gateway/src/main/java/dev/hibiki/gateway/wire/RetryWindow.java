package dev.hibiki.gateway.wire;

import java.util.concurrent.ThreadLocalRandom;

/** Between which times a client comes back, so that not all come at once; in milliseconds. */
public record RetryWindow(int minMs, int maxMs) {
    /** For whoever lost its connection for no reason of ours. */
    public static final RetryWindow USUAL = new RetryWindow(1_000, 5_000);

    /** For whoever was sent away. */
    public static final RetryWindow SENT_AWAY = new RetryWindow(500, 8_000);

    /** One time out of it. */
    public int draw() {
        return ThreadLocalRandom.current().nextInt(minMs, maxMs);
    }
}
