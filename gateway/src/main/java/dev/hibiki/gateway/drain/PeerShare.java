package dev.hibiki.gateway.drain;

import org.jspecify.annotations.Nullable;

/**
 * How many clients per second go to one peer: its budget, times its weight, times a share. The share halves each time the
 * peer had to refuse clients, and grows by a step each time it had not (additive increase, multiplicative decrease).
 * Confined to one thread.
 */
final class PeerShare {
    private static final double LEAST = 1.0 / 16;
    private static final double STEP = 1.0 / 8;
    private static final double PERCENT = 100;

    private @Nullable Capacity last;
    private double share = 1;

    /** @param now the answer of the peer; null when it does not answer */
    void told(@Nullable Capacity now) {
        Capacity before = last;
        if (before != null && now != null) {
            share = now.overBudget() > before.overBudget() ? Math.max(LEAST, share / 2) : Math.min(1, share + STEP);
        }
        last = now;
    }

    /** @param unlimited the assumed budget of a peer that has none */
    double perSecond(int unlimited) {
        Capacity now = last;
        if (now == null || !now.ready()) {
            return 0;
        }
        return (now.handshakeRate() == 0 ? unlimited : now.handshakeRate()) * (now.weight() / PERCENT) * share;
    }
}
