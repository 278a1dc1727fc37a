package dev.hibiki.gateway.session;

import java.util.ArrayList;
import java.util.List;

/**
 * A coarse timing wheel (Varghese and Lauck, 1987, scheme 4): one slot per tick of the ping interval, each session in
 * one slot for life. Confined to its event loop. One timer per loop instead of one per connection, and pings are spread
 * over the interval by when clients came.
 */
final class HeartbeatWheel {
    static final int MAX_TICKS = Short.MAX_VALUE;

    private final List<List<Session>> slots;
    private int hand;

    /** @param ticks how many ticks one round takes, at most {@value #MAX_TICKS} */
    HeartbeatWheel(int ticks) {
        this.slots = new ArrayList<>(ticks);
        for (int i = 0; i < ticks; i++) {
            slots.add(new ArrayList<>());
        }
    }

    /** Puts the session where the hand comes last, one whole round from now. */
    void add(Session session) {
        List<Session> slot = slots.get(hand);
        session.wheelSlot = (short) hand;
        session.wheelIndex = slot.size();
        slot.add(session);
    }

    void remove(Session session) {
        List<Session> slot = slots.get(session.wheelSlot);
        Session last = slot.remove(slot.size() - 1);
        if (last != session) {
            last.wheelIndex = session.wheelIndex;
            slot.set(last.wheelIndex, last);
        }
    }

    /** Moves the hand and lets the sessions in its new slot beat. They may leave while they do. */
    void tick() {
        hand = (hand + 1) % slots.size();
        for (Session session : slots.get(hand).toArray(new Session[0])) {
            session.beat();
        }
    }
}
