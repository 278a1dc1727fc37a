package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.wire.CloseCode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How clients leave a gateway that ends: once somebody else takes them, readiness turns, for the delay new ones are still let in, then the port is closed
 * and those inside are sent away at the rate; who has not closed in time is cut off. {@link #run} is for one thread, the
 * rest for any.
 */
public final class Drain {
    private static final Logger log = LoggerFactory.getLogger(Drain.class);
    private static final int RESET_TIMEOUT_MS = 1_000;
    private static final int HURRIED_MS = 1_000;
    private static final int PEER_POLL_MS = 50;
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long REPORT_NS = TimeUnit.SECONDS.toNanos(5);

    private final GatewayConfig.Operations settings;
    private final int closeTimeoutMs;
    private final Sessions sessions;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch hurry = new CountDownLatch(1);
    private final DrainPacer pacedEnd;
    private final DrainPeers peers;
    private volatile boolean begun;
    private volatile boolean over;
    /** How many are sent away a second. */
    private volatile int rate;

    private long reportedNs;

    public Drain(GatewayConfig config, Sessions sessions, GatewayMetrics metrics) {
        this.settings = config.operations();
        this.closeTimeoutMs = config.timing().shutdownTimeoutMs();
        this.sessions = sessions;
        this.pacedEnd = new DrainPacer(sessions, CloseCode.RESTARTING, hurry);
        this.peers = new DrainPeers(settings.drainPeers(), settings.drainRate());
        metrics.gauge("hibiki.drain.active", "1 while the gateway ends", () -> isAsked() ? 1 : 0);
        metrics.gauge("hibiki.drain.sessions.left", "Sessions still to be sent away", pacedEnd::left);
        metrics.gauge("hibiki.drain.rate", "Sessions that are sent away a second", () -> rate);
    }

    /** True from the moment that somebody has asked for the end: who looks for a gateway for clients, takes another. */
    public boolean isAsked() {
        return asked.getCount() == 0;
    }

    /** True from the moment that readiness turns. */
    public boolean isBegun() {
        return begun;
    }

    /** True when all have been sent away, and whoever is still there has only to close. */
    public boolean isOver() {
        return over;
    }

    /** Turns readiness, where no peer has to be there first, and lets {@link #awaitAsked} return. */
    public void ask() {
        if (peers.isEmpty()) {
            begun = true;
        }
        asked.countDown();
    }

    public void awaitAsked() throws InterruptedException {
        asked.await();
    }

    /** No more patience: the rest goes at once. */
    public void hurry() {
        hurry.countDown();
    }

    /**
     * Returns when no session is left.
     *
     * @param closeToClients lets no more clients connect
     */
    public void run(Runnable closeToClients) {
        ask();
        int open = sessions.openSockets();
        try {
            long leftMs = settings.drainDeadlineMs() - awaitPeers();
            begun = true;
            sendAway(closeToClients, Math.max(0, leftMs));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The rest is cut off.
        }
        over = true;
        awaitClosedSockets(hurry.getCount() == 0 ? Math.min(HURRIED_MS, closeTimeoutMs) : closeTimeoutMs);
        int late = sessions.openSockets();
        log.info("{} sessions closed in time, {} cut off", Math.max(0, open - late), late);
        sessions.resetAllSockets();
        awaitClosedSockets(RESET_TIMEOUT_MS);
    }

    /**
     * While nobody takes clients, everything is better than to send them away: the gateway goes on as if nothing had been said.
     *
     * @return for how many milliseconds
     */
    private long awaitPeers() throws InterruptedException {
        long beginNs = System.nanoTime();
        long nowNs = beginNs;
        reportedNs = beginNs;
        boolean hurried = false;
        while (!hurried
                && sessions.openSockets() > 0
                && rateNow(nowNs) == 0
                && nowNs - beginNs < TimeUnit.MILLISECONDS.toNanos(settings.drainDeadlineMs())
                && !peers.isEmpty()) {
            if (nowNs - reportedNs >= REPORT_NS) {
                reportedNs = nowNs;
                log.warn("Asked to end, but none of the peers takes clients: {} sessions stay", sessions.openSockets());
            }
            hurried = hurry.await(PEER_POLL_MS, TimeUnit.MILLISECONDS);
            nowNs = System.nanoTime();
        }
        return TimeUnit.NANOSECONDS.toMillis(nowNs - beginNs);
    }

    private void sendAway(Runnable closeToClients, long deadlineMs) throws InterruptedException {
        if (settings.drainDelayMs() > 0) {
            log.info("Ending: clients are let in for {} ms more", settings.drainDelayMs());
            hurry.await(settings.drainDelayMs(), TimeUnit.MILLISECONDS);
        }
        closeToClients.run();
        int open = sessions.openSockets();
        if (settings.drainRate() == 0) {
            log.info("Closing {} sessions", open);
            sessions.endAll(CloseCode.GOING_AWAY);
            return;
        }
        log.info(
                "Closing {} sessions, {} a second{}, within {} ms",
                open,
                settings.drainRate(),
                peers.isEmpty() ? "" : " as far as the peers take them",
                deadlineMs);
        reportedNs = System.nanoTime();
        if (!pacedEnd.run(this::rateNow, deadlineMs, this::report)) {
            log.warn(
                    "{}: the rest was closed at once",
                    hurry.getCount() == 0 ? "Asked to hurry" : "The time for closing is up");
        }
    }

    private int rateNow(long nowNs) {
        rate = peers.perSecond(nowNs);
        return rate;
    }

    private void report() {
        long now = System.nanoTime();
        if (now - reportedNs >= REPORT_NS) {
            reportedNs = now;
            if (rate == 0 && !peers.isEmpty()) {
                log.warn("{} sessions left to close, and none of the peers takes any", pacedEnd.left());
            } else {
                log.info("{} sessions left to close", pacedEnd.left());
            }
        }
    }

    private void awaitClosedSockets(long timeoutMs) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (sessions.openSockets() > 0 && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(POLL_NS);
        }
    }
}
