package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.hub.Run;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.RingSender;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.unix.UnixChannel;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one event loop, and what they share: the shard of the hub, the heartbeat wheel, the tick, the io_uring
 * sender and the limits. Confined to that loop, except for {@link #start}, {@link #stop}, {@link #executeSoon} and the
 * methods that say "any thread".
 */
public final class SessionLoop {
    private static final int TICK_MS = 1_000;

    private final LoopShard shard;
    private final Hub hub;
    private final SessionSettings settings;
    private final GatewayMetrics metrics;
    private final HeartbeatWheel wheel;
    private final LagPolicies.Rules rulesWithNotices;
    private final LagPolicies.Rules rulesWithoutNotices;
    private final int maxStalledTicks;
    private final MessageRateLimiter messageRate;

    private final Run run = new Run();
    private @Nullable RingSender ring;
    private final Set<Session> ending = new HashSet<>();
    /** The final writes of sessions that ended while a send was in the ring. */
    private final Map<EventSender, Runnable> finalWrites = new HashMap<>();

    private final UserSessions users;
    final Grants grants;
    private final ClientProfile.Table profiles = new ClientProfile.Table();
    private final ArrayDeque<EventSender> ready = new ArrayDeque<>();

    private final LoopTimers timers;
    private final LoopClock clock;
    private volatile LagHistogram lag = new LagHistogram();
    private final AtomicInteger openSockets = new AtomicInteger();

    SessionLoop(LoopShard shard, Hub hub, SessionSettings settings, UserSessions users, GatewayMetrics metrics) {
        this.shard = shard;
        this.hub = hub;
        this.settings = settings;
        this.users = users;
        this.metrics = metrics;
        this.grants = new Grants(hub.channels());
        LagPolicies policies = new LagPolicies(settings.lag(), hub.channels());
        this.rulesWithNotices = policies.rules(true);
        this.rulesWithoutNotices = policies.rules(false);
        this.timers = new LoopTimers(shard.loop());
        int tickMs = Math.min(TICK_MS, settings.pingIntervalMs());
        this.clock = new LoopClock(shard.loop().ticker(), tickMs);
        this.wheel = new HeartbeatWheel(settings.pingIntervalMs(), clock.nanoTime());
        this.maxStalledTicks = maxStalledTicks(settings.stallTimeoutMs(), tickMs);
        this.messageRate = new MessageRateLimiter(settings.limits().maxMessagesPerSecond(), tickMs);
    }

    /** At most one below what a session can count, which is 16 bits. */
    static int maxStalledTicks(int stallTimeoutMs, int tickMs) {
        return Math.min(Math.max(1, stallTimeoutMs / tickMs), Short.MAX_VALUE - 1);
    }

    void start() {
        EventLoop loop = shard.loop();
        if (loop instanceof IoEventLoop ioLoop && ioLoop.isCompatible(RingSender.class)) {
            loop.submit(() -> ring = RingSender.register(loop)).syncUninterruptibly();
        }
        clock.start();
        timers.every(clock.tickNs(), this::tick);
        timers.every(wheel.tickNs(), () -> wheel.advanceTo(clock.nanoTime()));
    }

    void stop() {
        timers.stop();
    }

    private void tick() {
        clock.tick();
        messageRate.tick();
        checkSessions();
        grants.endExpired();
    }

    /** Measures the lag of each session, and resets those that are stalled. */
    private void checkSessions() {
        LagHistogram figures = new LagHistogram();
        shard.forEachMember(member -> {
            Session session = (Session) member;
            figures.add(session.lagBytes());
            session.checkStall(maxStalledTicks);
        });
        lag = figures;
    }

    /** Makes the session a member of the shard, without topics yet, and starts its heartbeat. */
    Subscription enter(Session session, @Nullable Grant grant) {
        grants.put(session, grant);
        users.entered(grant);
        session.region().entered();
        openSockets.incrementAndGet();
        wheel.add(session);
        return shard.addMember(session);
    }

    ClientProfile.Table profiles() {
        return profiles;
    }

    ChannelTable channels() {
        return hub.channels();
    }

    /**
     * Subscribes a session to the topics of a selection.
     *
     * @param sequence without last ids, the topics begin behind this sequence number, or at the newest event if that is
     *     earlier
     */
    JoinResult join(Subscription subscription, Session session, Selection selection, long sequence) {
        List<Topic> topics = selection.acquire(hub, session.wireFormat());
        JoinResult start = shard.join(subscription, topics, selection.lastIds(), sequence);
        if (!selection.lastIds().isEmpty()) {
            metrics.resumed(start.resumed().label());
        }
        return start;
    }

    /** @param readsNotices whether the client understands a notice of missed events */
    LagPolicies.Rules lagRules(boolean readsNotices) {
        return readsNotices ? rulesWithNotices : rulesWithoutNotices;
    }

    /** Counts events that a session has missed because of its lag. */
    void countMissed(int missed) {
        metrics.missed(missed);
    }

    /** Counts a message of the client. @return true when the client has sent too many */
    boolean exceedsMessageRate(Session session) {
        boolean tooMuch = messageRate.exceedsLimit(session);
        if (tooMuch) {
            countRefusal(Refusal.MESSAGE_RATE);
        }
        return tooMuch;
    }

    void countRefusal(Refusal reason) {
        metrics.refused(reason.label());
    }

    void leave(Session session, Subscription subscription, String reason) {
        wheel.remove(session);
        profiles.release(session.profile());
        users.left(grants.get(session));
        grants.remove(session);
        shard.removeMember(subscription);
        subscription.close();
        session.region().left();
        metrics.closed(reason);
    }

    /** The session has ended, and its socket is still open. */
    void ending(Session session) {
        ending.add(session);
    }

    /** Called once for each session that has entered. */
    void socketClosed(Session session) {
        ending.remove(session);
        finalWrites.remove(session);
        openSockets.decrementAndGet();
    }

    void putFinalWrite(EventSender session, Runnable finalWrite) {
        finalWrites.put(session, finalWrite);
    }

    @Nullable Runnable takeFinalWrite(EventSender session) {
        return finalWrites.remove(session);
    }

    /** Resets every socket that is still open, also those of sessions that have ended. */
    void resetAllSockets() {
        shard.forEachMember(member -> ((Session) member).abort());
        List.copyOf(ending).forEach(session -> session.reset(session.context()));
    }

    int openSockets() {
        return openSockets.get();
    }

    /** A slot of the ring; {@link RingSender#NO_SLOT} without a ring, or without a free slot. */
    short acquireSlot(EventSender session) {
        return ring == null ? RingSender.NO_SLOT : ring.acquire(session);
    }

    /** The ring of this loop. Only for sessions that have a slot. */
    RingSender ring() {
        RingSender present = ring;
        if (present == null) {
            throw new IllegalStateException("this loop has no ring");
        }
        return present;
    }

    static int fileDescriptor(Channel channel) {
        return ((UnixChannel) channel).fd().intValue();
    }

    /** A run to reuse, so that a send allocates nothing. */
    Run run() {
        return run;
    }

    /** Lets the session send in the loop's next round of tasks, which is before its next I/O. */
    void sendSoon(EventSender session) {
        ready.add(session);
        if (ready.size() == 1) {
            executeSoon(this::sendReady);
        }
    }

    private void sendReady() {
        // A session that becomes ready again during this round waits for the next round.
        int turns = ready.size();
        EventSender next;
        try {
            while (turns-- > 0 && (next = ready.peek()) != null) {
                try {
                    next.sendNow();
                } finally {
                    ready.remove();
                }
            }
        } finally {
            if (!ready.isEmpty()) {
                executeSoon(this::sendReady);
            }
        }
    }

    /** Runs a task on this loop. Any thread. */
    public void executeSoon(Runnable task) {
        shard.loop().execute(task);
    }

    SessionSettings settings() {
        return settings;
    }

    public LoopShard shard() {
        return shard;
    }

    LoopClock clock() {
        return clock;
    }

    /** The lag of the sessions at the last tick. Any thread. */
    LagHistogram lag() {
        return lag;
    }
}
