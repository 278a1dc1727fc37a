package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.MessageRateLimiter;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.hub.ResumeOutcome;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.LoopClock;
import dev.hibiki.gateway.runtime.LoopTimers;
import dev.hibiki.gateway.runtime.RingSender;
import dev.hibiki.gateway.runtime.TcpInfo;
import dev.hibiki.gateway.wire.CloseCode;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.group.ChannelMatchers;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one event loop, and what they share: their group, the paths of their events, the heartbeat, the tick and
 * the limits. Confined to that loop, except for {@link #start}, {@link #stop}, {@link #executeSoon} and the methods that
 * say "any thread".
 */
public final class SessionLoop {
    private static final int TICK_MS = 1_000;
    /** A slow client needs this time for what the kernel has for it before the close. */
    private static final int MAX_CLOSING_MS = 30_000;
    /** A slow client makes room in its window in large steps. */
    private static final int MAX_QUIET_MS = 10_000;

    private final LoopShard shard;
    private final Hub hub;
    private final SessionSettings settings;
    private final GatewayMetrics metrics;

    private final SessionGroup group;
    private final SendPath channelPath;
    private @Nullable RingPath ringPath;
    private final SlowReaders slowReaders;
    private final HeartbeatWheel wheel;
    private final MessageRateLimiter messageRate;
    private final Grants grants;
    final ClientProfile.Table profiles = new ClientProfile.Table();

    private final SendTurns turns;
    /** The sessions that are closing, with what their clients still have to be told; null when that was done. */
    private final IdentityHashMap<Session, @Nullable CloseReason> closing = new IdentityHashMap<>();

    private final LoopTimers timers;
    private final LoopClock clock;
    private volatile int openSockets;

    /** One thing that a session takes when it enters the group, and gives back when it leaves. */
    record Holding(BiConsumer<Session, @Nullable Grant> take, Consumer<Session> giveBack) {}

    /** Everything that a member of the group holds, in the order in which it is taken. */
    final List<Holding> holdings = new ArrayList<>();

    SessionLoop(
            String name,
            LoopShard shard,
            Hub hub,
            SessionSettings settings,
            UserSessions users,
            GatewayMetrics metrics) {
        this.shard = shard;
        this.hub = hub;
        this.settings = settings;
        this.metrics = metrics;
        int pingMs = settings.pingIntervalMs();
        int tickMs = Math.min(TICK_MS, pingMs);
        this.group = new SessionGroup(name, shard.loop(), HeartbeatWheel.slotCount(pingMs));
        this.channelPath = new ChannelPath(settings.maxWriteBytes());
        this.turns = new SendTurns(shard, settings.maxWriteBytes());
        this.slowReaders = new SlowReaders(shard, group, settings, hub.channels(), tickMs, metrics);
        this.messageRate = new MessageRateLimiter(settings.limits().maxMessagesPerSecond(), tickMs);
        this.grants = new Grants(hub.channels());
        this.timers = new LoopTimers(shard.loop());
        this.clock = new LoopClock(shard.loop().ticker(), tickMs);
        this.wheel = new HeartbeatWheel(
                group, session -> HeartbeatWheel.checkAndPing(session, pingMs), pingMs, clock.nanoTime());
        holdings.add(new Holding(
                (session, grant) -> session.profile = profiles.acquire(session.profile),
                session -> profiles.release(session.profile)));
        holdings.add(new Holding(grants::put, grants::remove));
        holdings.add(new Holding((session, grant) -> users.entered(grant), session -> users.left(grants.get(session))));
        holdings.add(new Holding(
                (session, grant) -> session.profile.region().entered(),
                session -> session.profile.region().left()));
        holdings.add(new Holding((session, grant) -> group.add(session), group::remove));
    }

    void start() {
        EventLoop loop = shard.loop();
        if (loop instanceof IoEventLoop ioLoop && ioLoop.isCompatible(RingSender.class)) {
            int maxBytes = settings.maxWriteBytes();
            loop.submit(() -> ringPath = new RingPath(RingSender.register(loop), channelPath, maxBytes))
                    .syncUninterruptibly();
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
        slowReaders.tick();
        grants.endExpired();
    }

    /** Makes the session a member of the group. When that fails, it holds nothing. */
    void add(Session session, @Nullable Grant grant) {
        int taken = 0;
        try {
            for (Holding holding : holdings) {
                holding.take().accept(session, grant);
                taken++;
            }
        } catch (RuntimeException | Error e) {
            giveBack(session, taken);
            throw e;
        }
        countOpenSockets();
    }

    /** Undoes {@link #add}, for a session that could not enter. */
    void remove(Session session) {
        if (session.groupIndex != SessionGroup.NONE) {
            giveBack(session, holdings.size());
            countOpenSockets();
        }
    }

    /** The session leaves the group, and is closing. */
    void left(Session session, CloseReason reason) {
        closing.put(session, null);
        remove(session);
        metrics.closed(reason.label());
    }

    private void giveBack(Session session, int taken) {
        for (int i = taken - 1; i >= 0; i--) {
            holdings.get(i).giveBack().accept(session);
        }
    }

    /**
     * The client is to be told the reason. The socket is reset when the client has not closed it within the linger time, or, if
     * it still takes what was sent before, within {@link #MAX_CLOSING_MS}.
     */
    void closing(Session session, CloseReason reason) {
        closing.put(session, reason);
        resetLater(session, reason, SessionSettings.LINGER_MS);
    }

    private void resetLater(Session session, CloseReason reason, int atMs) {
        Runnable reset = () -> {
            if (atMs < MAX_CLOSING_MS && session.channel().isOpen() && isTaking(session.channel())) {
                resetLater(session, reason, atMs + SessionSettings.LINGER_MS);
            } else {
                session.abort(reason);
            }
        };
        try {
            shard.loop().schedule(reset, SessionSettings.LINGER_MS, TimeUnit.MILLISECONDS);
        } catch (OutOfMemoryError e) { // Nobody else would end this socket.
            session.abort(reason);
        }
    }

    /** Returns true for a peer that takes what the kernel has for it, or has had it for too short a time to answer. */
    private static boolean isTaking(Channel channel) {
        TcpInfo info = TcpInfo.of(channel);
        return info != null && info.quietMs() < (info.hasUnsent() ? MAX_QUIET_MS : SessionSettings.LINGER_MS / 2);
    }

    /** The reason that the client is to be told; null when it was told, or need not be. This can be asked once. */
    @Nullable CloseReason takeReason(Session session) {
        return closing.replace(session, null);
    }

    /** The session is closed. */
    void closed(Session session) {
        closing.remove(session);
        countOpenSockets();
    }

    private void countOpenSockets() {
        openSockets = group.size() + closing.size();
    }

    /** The sessions that are open or closing. Any thread. */
    int openSockets() {
        return openSockets;
    }

    /** Resets the sockets of all sessions that are open or closing. */
    void abortAll() {
        group.forEach(ChannelMatchers.all(), session -> session.abort(CloseReason.CUT_OFF));
        List.copyOf(closing.keySet()).forEach(session -> session.abort(CloseReason.CUT_OFF));
    }

    /** Counts that a client came back. */
    void countResume(ResumeOutcome outcome) {
        metrics.resumed(outcome.label());
    }

    /** Counts a message of the client, and closes the session when there were too many. @return whether it was closed */
    public boolean closeIfTooManyMessages(Session session) {
        boolean tooMany = session.isOpen() && messageRate.exceedsLimit(session);
        if (tooMany) {
            countRefusal(Refusal.MESSAGE_RATE);
            int max = settings.limits().maxMessagesPerSecond();
            session.close(CloseReason.of(
                    CloseCode.POLICY, "at most " + max + " messages a second", Refusal.MESSAGE_RATE.option()));
        }
        return tooMany;
    }

    /** Counts that a client exceeded a limit. */
    public void countRefusal(Refusal reason) {
        metrics.refused(reason.label());
    }

    /** Lets the session send when it is its turn; see {@link SendTurns#add}. */
    void sendSoon(Session session, boolean goesOn) {
        turns.add(session, goesOn);
    }

    /** Runs a task on this loop. Any thread. */
    public void executeSoon(Runnable task) {
        shard.loop().execute(task);
    }

    /** A slot of the ring; {@link RingSender#NO_SLOT} for a session that sends through its channel. */
    short acquireSlot(Session session, Subscription events) {
        return ringPath == null ? RingSender.NO_SLOT : ringPath.acquireSlot(session, events);
    }

    SendPath channelPath() {
        return channelPath;
    }

    /** Only for sessions that have a slot. */
    RingPath ringPath() {
        RingPath present = ringPath;
        if (present == null) {
            throw new IllegalStateException("this loop has no ring");
        }
        return present;
    }

    SlowReaders slowReaders() {
        return slowReaders;
    }

    public SessionGroup group() {
        return group;
    }

    public Grants grants() {
        return grants;
    }

    Hub hub() {
        return hub;
    }

    ChannelTable channels() {
        return hub.channels();
    }

    public SessionSettings settings() {
        return settings;
    }

    public LoopShard shard() {
        return shard;
    }

    LoopClock clock() {
        return clock;
    }
}
