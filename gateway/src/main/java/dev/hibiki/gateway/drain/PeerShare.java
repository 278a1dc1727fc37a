package dev.hibiki.gateway.drain;

import org.jspecify.annotations.Nullable;

/**
 * How many clients one peer takes a second: what its budget allows, times its weight; half of that, and half again, each time it
 * tells that it had to refuse some, and by and by as much as before when it has not (additive increase, multiplicative
 * decrease). Confined to one thread.
 */
final class PeerShare {
    private static final double LEAST = 1.0 / 16;
    private static final double STEP = 1.0 / 8;
    private static final double PERCENT = 100;

    private @Nullable Capacity last;
    private double share = 1;

    /** @param now what it says; null when it does not answer */
    void told(@Nullable Capacity now) {
        Capacity before = last;
        if (before != null && now != null) {
            share = now.overBudget() > before.overBudget() ? Math.max(LEAST, share / 2) : Math.min(1, share + STEP);
        }
        last = now;
    }

    /** @param unlimited what a peer without a budget is taken to allow */
    double perSecond(int unlimited) {
        Capacity now = last;
        if (now == null || !now.ready()) {
            return 0;
        }
        return (now.handshakeRate() == 0 ? unlimited : now.handshakeRate()) * (now.weight() / PERCENT) * share;
    }
}
