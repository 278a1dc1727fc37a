package dev.hibiki.gateway.session;

import dev.hibiki.gateway.runtime.TcpInfo;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Pings the sessions of a loop once per interval, with one timer, and finds those whose clients are gone. Confined to the
 * event loop. It is a coarse timing wheel (Varghese and Lauck, 1987, scheme 4): one slot of the {@link SessionGroup} per
 * tick of the interval, and each session stays in its slot.
 *
 * <p>The slots are random, so that pings are spread over the interval. A slot by the time of arrival would not do: after a
 * restart of a proxy or of another gateway, thousands of clients arrive at once. They would then be pinged at once in each
 * interval, and events would wait behind those pings.
 */
final class HeartbeatWheel {
    private static final int TICK_MS = 50;
    private static final int MAX_TICKS = Short.MAX_VALUE;
    private static final long MAX_CATCH_UP_NS = TimeUnit.SECONDS.toNanos(1);

    private final SessionGroup group;
    private final Consumer<Session> beat;
    private final long tickNs;
    /** Ticks that are later than this are not caught up, so that a client has half an interval to answer each ping. */
    private final long maxCatchUpNs;

    private int hand;
    /** The time at which the last move of the hand was due. */
    private long lastMoveNs;

    /**
     * @param group with as many slots as {@link #slotCount} says
     * @param beat called for each session once per interval
     * @param intervalMs the duration of one round: the ping interval
     * @param nowNs the time by the clock of the loop, {@link io.netty.channel.EventLoop#ticker}
     */
    HeartbeatWheel(SessionGroup group, Consumer<Session> beat, int intervalMs, long nowNs) {
        long intervalNs = TimeUnit.MILLISECONDS.toNanos(intervalMs);
        this.group = group;
        this.beat = beat;
        this.tickNs = intervalNs / group.slotCount();
        this.maxCatchUpNs = Math.min(MAX_CATCH_UP_NS, intervalNs / 2);
        this.lastMoveNs = nowNs;
    }

    /** How many ticks an interval has. */
    static int slotCount(int intervalMs) {
        return Math.min(Math.max(1, intervalMs / TICK_MS), MAX_TICKS);
    }

    /** How often to {@link #advanceTo advance}. */
    long tickNs() {
        return tickNs;
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
        hand = (hand + 1) % group.slotCount();
        group.forEachOfSlot(hand, beat);
    }

    /**
     * Aborts the session when its client gave no sign of life since the last beat: it said nothing or, where it never says
     * anything, its kernel has not acknowledged what was sent. Else sends a ping, if the socket is idle.
     */
    static void checkAndPing(Session session, int intervalMs) {
        boolean busy = !session.isIdle();
        if (isGone(session, busy, intervalMs)) {
            session.abort(CloseReason.DEAD);
            return;
        }
        session.setFlag(Session.HEARD, false);
        session.setFlag(Session.TOOK_BYTES, false);
        session.setFlag(Session.PINGED, !busy);
        if (!busy) {
            session.protocol().writePing(session);
            session.context().flush();
        }
    }

    private static boolean isGone(Session session, boolean busy, int intervalMs) {
        if (session.protocol().answersPings()) {
            return !session.hasFlag(Session.HEARD) && !isTakingBytes(session, busy, intervalMs);
        }
        return TcpInfo.isPeerGone(session.channel(), intervalMs);
    }

    /**
     * The kernel also takes bytes, and the ping, for a peer that is gone: they wait in its send buffer. But when a full
     * socket takes more bytes, or the kernel says so, the peer has taken some. Its pong may then still be far behind.
     */
    private static boolean isTakingBytes(Session session, boolean busy, int intervalMs) {
        if (session.hasFlag(Session.TOOK_BYTES)) {
            return busy || !session.hasFlag(Session.PINGED);
        }
        return busy && TcpInfo.quietMs(session.channel()) < intervalMs;
    }
}
