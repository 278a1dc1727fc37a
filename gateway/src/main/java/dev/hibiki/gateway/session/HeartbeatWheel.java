package dev.hibiki.gateway.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A coarse timing wheel (Varghese and Lauck, 1987, scheme 4): one slot per tick of the ping interval, each session in
 * one slot for life. Confined to its event loop. One timer per loop instead of one per connection.
 *
 * <p>Pings are spread over the interval however many clients came at once: each takes the emptier of two random slots
 * (Mitzenmacher, 2001). Where all stay in the slot of their arrival, those whom another gateway sent away, or a proxy that
 * was restarted, are pinged all at once for as long as they stay, and events wait behind that.
 */
final class HeartbeatWheel {
    private static final int TICK_MS = 50;
    private static final int MAX_TICKS = Short.MAX_VALUE;
    private static final long MOST_LATE_NS = TimeUnit.SECONDS.toNanos(1);

    private final List<List<Session>> slots;
    private final long tickNs;
    /** Up to when what is late is caught up with, so that half an interval remains for an answer between two pings. */
    private final long mostLateNs;

    private int hand;
    /** When the hand moved last, or would have. */
    private long movedNs;

    /**
     * Begins to turn.
     *
     * @param intervalMs how long one round takes
     * @param nowNs on the clock of the loop, {@link io.netty.channel.EventLoop#ticker}
     */
    HeartbeatWheel(int intervalMs, long nowNs) {
        int ticks = Math.min(Math.max(1, intervalMs / TICK_MS), MAX_TICKS);
        long intervalNs = TimeUnit.MILLISECONDS.toNanos(intervalMs);
        this.tickNs = intervalNs / ticks;
        this.mostLateNs = Math.min(MOST_LATE_NS, intervalNs / 2);
        this.movedNs = nowNs;
        this.slots = new ArrayList<>(ticks);
        for (int i = 0; i < ticks; i++) {
            slots.add(new ArrayList<>());
        }
    }

    /** How often to {@link #advanceTo advance}. */
    long tickNs() {
        return tickNs;
    }

    /** Lets the session beat once per round from now on, for the first time within one. */
    void add(Session session) {
        int one = ThreadLocalRandom.current().nextInt(slots.size());
        int other = ThreadLocalRandom.current().nextInt(slots.size());
        int chosen = slots.get(one).size() <= slots.get(other).size() ? one : other;
        List<Session> slot = slots.get(chosen);
        session.wheelSlot = (short) chosen;
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

    /**
     * Moves the hand to where it belongs at this time, and lets the sessions in the slots that it passes beat. They may leave
     * while they do. After a pause it goes on from where it was.
     */
    void advanceTo(long nowNs) {
        if (nowNs - movedNs > mostLateNs + tickNs) {
            movedNs = nowNs - tickNs;
        }
        while (nowNs - movedNs >= tickNs) {
            movedNs += tickNs;
            tick();
        }
    }

    private void tick() {
        hand = (hand + 1) % slots.size();
        for (Session session : slots.get(hand).toArray(new Session[0])) {
            session.beat();
        }
    }
}
