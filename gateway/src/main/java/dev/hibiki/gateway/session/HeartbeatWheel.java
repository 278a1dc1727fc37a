package dev.hibiki.gateway.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Calls {@link Session#checkAndPing} once per ping interval, for all sessions of a loop with one timer. Confined to its
 * event loop. It is a coarse timing wheel (Varghese and Lauck, 1987, scheme 4): one slot per tick of the interval, and
 * each session stays in its slot.
 *
 * <p>A session gets the emptier of two random slots (Mitzenmacher, 2001), so that pings are spread over the interval. A
 * slot by the time of arrival would not do: after a restart of a proxy or of another gateway, thousands of clients arrive
 * at once. They would then be pinged at once in each interval, and events would wait behind those pings.
 */
final class HeartbeatWheel {
    private static final int TICK_MS = 50;
    private static final int MAX_TICKS = Short.MAX_VALUE;
    private static final long MAX_CATCH_UP_NS = TimeUnit.SECONDS.toNanos(1);

    private final List<List<Session>> slots;
    private final long tickNs;
    /** Ticks that are later than this are not caught up, so that a client has half an interval to answer each ping. */
    private final long maxCatchUpNs;

    private int hand;
    /** The time at which the last move of the hand was due. */
    private long lastMoveNs;

    /**
     * @param intervalMs the duration of one round: the ping interval
     * @param nowNs the time by the clock of the loop, {@link io.netty.channel.EventLoop#ticker}
     */
    HeartbeatWheel(int intervalMs, long nowNs) {
        int ticks = Math.min(Math.max(1, intervalMs / TICK_MS), MAX_TICKS);
        long intervalNs = TimeUnit.MILLISECONDS.toNanos(intervalMs);
        this.tickNs = intervalNs / ticks;
        this.maxCatchUpNs = Math.min(MAX_CATCH_UP_NS, intervalNs / 2);
        this.lastMoveNs = nowNs;
        this.slots = new ArrayList<>(ticks);
        for (int i = 0; i < ticks; i++) {
            slots.add(new ArrayList<>());
        }
    }

    /** How often to {@link #advanceTo advance}. */
    long tickNs() {
        return tickNs;
    }

    /** Adds a session. Its first check comes within one interval. */
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
     * Moves the hand to this time and checks the sessions in the slots that it passes. A session may leave during its
     * check. After a long pause the hand continues from its slot and skips the ticks of the pause.
     */
    void advanceTo(long nowNs) {
        if (nowNs - lastMoveNs > maxCatchUpNs + tickNs) {
            lastMoveNs = nowNs - tickNs;
        }
        while (nowNs - lastMoveNs >= tickNs) {
            lastMoveNs += tickNs;
            tick();
        }
    }

    private void tick() {
        hand = (hand + 1) % slots.size();
        for (Session session : slots.get(hand).toArray(new Session[0])) {
            session.checkAndPing();
        }
    }
}
