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
import dev.hibiki.gateway.wire.WireFormat;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one event loop: its shard of the hub, its heartbeat wheel, its clock tick. Confined to that loop, but
 * for {@link #start}, {@link #stop} and the figures that metrics read.
 */
public final class SessionLoop {
    private static final int TICK_MS = 1_000;

    private final LoopShard shard;
    private final Hub hub;
    private final SessionSettings settings;
    private final GatewayMetrics metrics;
    private final HeartbeatWheel wheel;
    private final LagPolicies.Rules rulesForTold;
    private final LagPolicies.Rules rulesForOthers;
    private final int tickMs;
    private final int maxStalledTicks;
    private final MessageRateLimiter talk;

    private final Run run = new Run();
    private @Nullable RingSender ring;
    private final Set<Session> ending = new HashSet<>();
    /** What sessions that have ended still say, once their send in the ring is done. */
    private final Map<EventSender, Runnable> lastWords = new HashMap<>();

    private final UserSessions users;
    final Grants grants;
    private final ClientTraits.Table traits = new ClientTraits.Table();
    private final ArrayDeque<EventSender> ready = new ArrayDeque<>();

    private final LoopTimers timers;
    private volatile long nextTickNs;
    private volatile double lagSeconds;
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
        this.rulesForTold = policies.rules(true);
        this.rulesForOthers = policies.rules(false);
        this.wheel = new HeartbeatWheel(
                settings.pingIntervalMs(), shard.loop().ticker().nanoTime());
        this.timers = new LoopTimers(shard.loop());
        this.tickMs = Math.min(TICK_MS, settings.pingIntervalMs());
        this.maxStalledTicks = maxStalledTicks(settings.stallTimeoutMs(), tickMs);
        this.talk = new MessageRateLimiter(settings.maxMessagesPerSecond(), tickMs);
    }

    /** At most what a session, which counts in 16 bits, can get beyond. */
    static int maxStalledTicks(int stallTimeoutMs, int tickMs) {
        return Math.min(Math.max(1, stallTimeoutMs / tickMs), Short.MAX_VALUE - 1);
    }

    void start() {
        EventLoop loop = shard.loop();
        if (loop instanceof IoEventLoop ioLoop && ioLoop.isCompatible(RingSender.class)) {
            loop.submit(() -> ring = RingSender.register(loop)).syncUninterruptibly();
        }
        long tickNs = TimeUnit.MILLISECONDS.toNanos(tickMs);
        nextTickNs = System.nanoTime() + tickNs;
        timers.every(tickNs, this::tick);
        timers.every(wheel.tickNs(), () -> wheel.advanceTo(loop.ticker().nanoTime()));
    }

    void stop() {
        timers.stop();
    }

    private void tick() {
        long now = System.nanoTime();
        lagSeconds = Math.max(0, now - nextTickNs) / 1e9;
        nextTickNs = now + TimeUnit.MILLISECONDS.toNanos(tickMs);
        talk.tick();
        inspect();
        grants.endExpired(System.currentTimeMillis());
    }

    /** Looks at each session once: how far it is behind, and whether it is stalled. */
    private void inspect() {
        LagHistogram figures = new LagHistogram();
        shard.forEachMember(member -> {
            Session session = (Session) member;
            figures.add(session.lagBytes());
            session.checkStall(maxStalledTicks);
        });
        lag = figures;
    }

    /** Makes the session a member, which reads nothing yet, and starts its heartbeat. */
    Subscription enter(Session session, @Nullable Grant grant) {
        grants.put(session, grant);
        users.entered(grant);
        session.region().entered();
        openSockets.incrementAndGet();
        wheel.add(session);
        return shard.subscribe(session);
    }

    ClientTraits.Table traits() {
        return traits;
    }

    ChannelTable channels() {
        return hub.channels();
    }

    /**
     * Subscribes a session to the topics of a selection.
     *
     * @param sequence where the topics begin, if not later than now, when the selection names no last ids
     */
    JoinResult join(Subscription subscription, Session session, Selection selection, long sequence) {
        WireFormat format = session.wireFormat();
        List<Topic> topics = selection.acquire(hub, format == null ? hub.format() : format);
        JoinResult start = shard.join(subscription, topics, selection.lastIds(), sequence);
        if (!selection.lastIds().isEmpty()) {
            metrics.resumed(start.resumed().label());
        }
        return start;
    }

    /** @param canBeTold whether the session reads notices of what it misses */
    LagPolicies.Rules lagRules(boolean canBeTold) {
        return canBeTold ? rulesForTold : rulesForOthers;
    }

    /** Counts events that a session which lagged will never get. */
    void countLoss(int missed) {
        metrics.missed(missed);
    }

    /** Counts a message of the client. @return true when it has said too much */
    boolean saysTooMuch(Session session) {
        boolean tooMuch = talk.isTooMuch(session);
        if (tooMuch) {
            refused(Refusal.MESSAGE_RATE);
        }
        return tooMuch;
    }

    void refused(Refusal reason) {
        metrics.refused(reason.label());
    }

    void leave(Session session, Subscription subscription, String reason) {
        wheel.remove(session);
        traits.leave(session.traits());
        users.left(grants.get(session));
        grants.remove(session);
        subscription.close();
        session.region().left();
        metrics.closed(reason);
    }

    /** The session has ended and waits for its socket to be closed. */
    void ending(Session session) {
        ending.add(session);
    }

    /** A session that had entered has lost its socket. */
    void socketClosed(Session session) {
        ending.remove(session);
        lastWords.remove(session);
        openSockets.decrementAndGet();
    }

    void putLastWord(EventSender session, Runnable word) {
        lastWords.put(session, word);
    }

    @Nullable Runnable takeLastWord(EventSender session) {
        return lastWords.remove(session);
    }

    /** Resets every socket that is still open. */
    void resetAll() {
        shard.forEachMember(member -> ((Session) member).endNow());
        List.copyOf(ending).forEach(session -> session.reset(session.context()));
    }

    int openSockets() {
        return openSockets.get();
    }

    /** A slot of the ring; {@link RingSender#NO_SLOT} where there is no ring, or no slot left. */
    short acquireSlot(EventSender session) {
        return ring == null ? RingSender.NO_SLOT : ring.acquire(session);
    }

    /** The ring of this loop, which only a session with a slot may ask for. */
    RingSender ring() {
        RingSender present = ring;
        if (present == null) {
            throw new IllegalStateException("this loop has no ring");
        }
        return present;
    }

    /** Milliseconds since some time, in 32 bits. */
    static int clockMs() {
        return (int) TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    static int fileDescriptor(Channel channel) {
        return ((UnixChannel) channel).fd().intValue();
    }

    /** For one use at a time. */
    Run run() {
        return run;
    }

    /** Lets the session send when the loop runs tasks, before it looks at I/O again. */
    void sendSoon(EventSender session) {
        ready.add(session);
        if (ready.size() == 1) {
            executeSoon(this::sendReady);
        }
    }

    private void sendReady() {
        // Who becomes ready again meanwhile waits for the next turn, behind the others.
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

    public void executeSoon(Runnable task) {
        shard.loop().execute(task);
    }

    SessionSettings settings() {
        return settings;
    }

    public LoopShard shard() {
        return shard;
    }

    /** How late this loop's last tick was, or the next one is already. Any thread. */
    double lagSeconds() {
        return Math.max(lagSeconds, (System.nanoTime() - nextTickNs) / 1e9);
    }

    /** How far sessions were behind at the last tick. Any thread. */
    LagHistogram lag() {
        return lag;
    }
}
