package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.wire.CloseCode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends all sessions before the gateway ends. Confined to the thread that calls {@link #run}, except the other public
 * methods, which are for any thread.
 *
 * <p>The steps: wait until a peer takes clients, where there are peers; turn readiness; let new clients in for the delay;
 * close the port; end the sessions at the rate; reset the sockets that have not closed in time.
 */
public final class Drain {
    private static final Logger log = LoggerFactory.getLogger(Drain.class);
    private static final int RESET_TIMEOUT_MS = 1_000;
    /** How long sockets get to close after the drain was expedited. */
    private static final int EXPEDITED_TIMEOUT_MS = 1_000;

    private static final int PEER_POLL_MS = 50;
    private static final int SOCKET_POLL_MS = 5;
    private static final long REPORT_NS = TimeUnit.SECONDS.toNanos(5);

    private final GatewayConfig.Operations settings;
    private final int closeTimeoutMs;
    private final Sessions sessions;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final Patience patience;
    private final DrainPacer pacer;
    private final DrainPeers peers;
    private volatile boolean begun;
    private volatile boolean over;
    /** How many sessions the drain ends per second. */
    private volatile int rate;

    private long reportedNs;

    public Drain(
            GatewayConfig.Operations settings,
            int closeTimeoutMs,
            Sessions sessions,
            GatewayMetrics metrics,
            LongSupplier nanoClock) {
        this(settings, closeTimeoutMs, sessions, metrics, new Patience(nanoClock));
    }

    Drain(
            GatewayConfig.Operations settings,
            int closeTimeoutMs,
            Sessions sessions,
            GatewayMetrics metrics,
            Patience patience) {
        this.settings = settings;
        this.closeTimeoutMs = closeTimeoutMs;
        this.sessions = sessions;
        this.patience = patience;
        this.pacer = new DrainPacer(sessions, CloseCode.RESTARTING, patience);
        this.peers = new DrainPeers(settings.drainPeers(), settings.drainRate());
        metrics.gauge("hibiki.drain.active", "1 while the gateway ends", () -> isAsked() ? 1 : 0);
        metrics.gauge("hibiki.drain.sessions.left", "Sessions still to be sent away", pacer::left);
        metrics.gauge("hibiki.drain.rate", "Sessions that are sent away a second", () -> rate);
    }

    /** True after somebody has asked for the end. A load balancer should then choose another gateway. */
    public boolean isAsked() {
        return asked.getCount() == 0;
    }

    /** True after readiness has turned. */
    public boolean isBegun() {
        return begun;
    }

    /** True after all sessions were told to end; only their sockets may still be open. */
    public boolean isOver() {
        return over;
    }

    /** Asks for the end: {@link #awaitAsked} returns, and readiness turns now unless a peer must be there first. */
    public void ask() {
        if (peers.isEmpty()) {
            begun = true;
        }
        asked.countDown();
    }

    public void awaitAsked() throws InterruptedException {
        asked.await();
    }

    /** Ends all sessions that are left at once. */
    public void expedite() {
        patience.expedite();
    }

    /**
     * Drains. Returns when no session is left.
     *
     * @param closeToClients closes the port of the clients
     * @return true when there was a session
     */
    public boolean run(Runnable closeToClients) {
        ask();
        int open = sessions.openSockets();
        try {
            long leftMs = settings.drainDeadlineMs() - awaitPeers();
            begun = true;
            open = Math.max(open, endSessions(closeToClients, Math.max(0, leftMs)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The sessions that are left are reset below.
        }
        over = true;
        awaitClosedSockets(patience.isExpedited() ? Math.min(EXPEDITED_TIMEOUT_MS, closeTimeoutMs) : closeTimeoutMs);
        int late = sessions.openSockets();
        if (open > 0) {
            log.info("{} sessions closed in time, {} cut off", Math.max(0, open - late), late);
        }
        sessions.resetAllSockets();
        awaitClosedSockets(RESET_TIMEOUT_MS);
        return open > 0;
    }

    /**
     * Waits while no peer takes clients, because to keep the sessions is better than to end them. The gateway goes on as if
     * nobody had asked.
     *
     * @return for how many milliseconds
     */
    private long awaitPeers() throws InterruptedException {
        long beginNs = patience.nanoTime();
        long nowNs = beginNs;
        reportedNs = beginNs;
        boolean expedited = false;
        while (!expedited
                && sessions.openSockets() > 0
                && rateNow(nowNs) == 0
                && nowNs - beginNs < TimeUnit.MILLISECONDS.toNanos(settings.drainDeadlineMs())
                && !peers.isEmpty()) {
            if (nowNs - reportedNs >= REPORT_NS) {
                reportedNs = nowNs;
                log.warn("Asked to end, but none of the peers takes clients: {} sessions stay", sessions.openSockets());
            }
            expedited = patience.await(PEER_POLL_MS);
            nowNs = patience.nanoTime();
        }
        return TimeUnit.NANOSECONDS.toMillis(nowNs - beginNs);
    }

    /** Returns the number of sessions that there were to end. */
    private int endSessions(Runnable closeToClients, long deadlineMs) throws InterruptedException {
        if (settings.drainDelayMs() > 0) {
            log.info("Ending: clients are let in for {} ms more", settings.drainDelayMs());
            patience.await(settings.drainDelayMs());
        }
        closeToClients.run();
        int open = sessions.openSockets();
        if (settings.drainRate() == 0) {
            if (open > 0) {
                log.info("Closing {} sessions", open);
            }
            sessions.endAll(CloseCode.GOING_AWAY);
            return open;
        }
        if (open > 0) {
            log.info(
                    "Closing {} sessions, {} a second{}, within {} ms",
                    open,
                    settings.drainRate(),
                    peers.isEmpty() ? "" : " as far as the peers take them",
                    deadlineMs);
        }
        reportedNs = patience.nanoTime();
        if (!pacer.run(this::rateNow, deadlineMs, this::report)) {
            log.warn(
                    "{}: the sessions that were left have been closed at once",
                    patience.isExpedited() ? "Asked again to end" : "The time of --drain-deadline-ms is over");
        }
        return open;
    }

    private int rateNow(long nowNs) {
        rate = peers.perSecond(nowNs);
        return rate;
    }

    private void report() {
        long now = patience.nanoTime();
        if (now - reportedNs >= REPORT_NS) {
            reportedNs = now;
            if (rate == 0 && !peers.isEmpty()) {
                log.warn("{} sessions left to close, and none of the peers takes any", pacer.left());
            } else {
                log.info("{} sessions left to close", pacer.left());
            }
        }
    }

    private void awaitClosedSockets(long timeoutMs) {
        long deadlineNs = patience.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (sessions.openSockets() > 0 && patience.nanoTime() - deadlineNs < 0) {
            patience.pause(SOCKET_POLL_MS);
        }
    }
}
