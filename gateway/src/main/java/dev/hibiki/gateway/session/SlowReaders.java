package dev.hibiki.gateway.session;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.LagPolicy;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.TcpInfo;
import dev.hibiki.gateway.wire.CloseCode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.group.ChannelMatchers;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rules for sessions of one loop that take events more slowly than they come. Confined to that loop, except
 * {@link #lag}. To be behind costs nothing by itself, since the log has the events. There are three cases:
 *
 * <ul>
 *   <li><b>Overrun</b> ({@link #onOverrun}): the log has dropped bytes that the session has not sent. The
 *       {@link LagPolicies} of the topic decide whether the session is closed, or goes on after a gap.
 *   <li><b>Stall</b> ({@link #checkStall}): the socket is busy, and its client has taken no bytes for the stall timeout.
 *       The socket is reset.
 *   <li><b>Congestion</b> ({@link #checkCongestion}): more than half of the sessions take bytes, and are nevertheless
 *       further behind than half of a log. Then this machine is busy; the clients are not slow. The hub makes publishers
 *       wait ({@code Hub.awaitRoom}), so that the events of a burst wait before the logs and overrun nobody. Clients that
 *       take no bytes do not count, so they cannot hold up the others.
 * </ul>
 *
 * <p>All three need to know whether a client takes bytes, however slowly. {@link Session#quietTicks} counts the ticks of
 * the loop in which it took none. A {@link SendPath} sees when the kernel takes bytes. But a full send buffer takes new
 * bytes only when a third of it is free, and that can be more than a megabyte: half a minute for a client that reads
 * 40 KB/s. So before a session ends, {@link TcpInfo} tells when the client itself last took bytes. NIO does not have it.
 */
final class SlowReaders {
    /** A client that took no bytes for this time is not waited for. */
    private static final int READS_MS = 2_000;

    private static final int CONGESTED_CHECK_MS = 2;

    private final LoopShard shard;
    private final SessionGroup group;
    private final GatewayMetrics metrics;
    private final LagPolicies.Rules rulesWithNotices;
    private final LagPolicies.Rules rulesWithoutNotices;
    private final int tickMs;
    private final int maxStalledTicks;
    private volatile LagHistogram lag = new LagHistogram();
    private boolean checkScheduled;

    /** @param tickMs the time between two calls of {@link #tick} */
    SlowReaders(
            LoopShard shard,
            SessionGroup group,
            SessionSettings settings,
            ChannelTable channels,
            int tickMs,
            GatewayMetrics metrics) {
        this.shard = shard;
        this.group = group;
        this.metrics = metrics;
        LagPolicies policies = new LagPolicies(settings.lag(), channels);
        this.rulesWithNotices = policies.rules(true);
        this.rulesWithoutNotices = policies.rules(false);
        this.tickMs = tickMs;
        this.maxStalledTicks = maxStalledTicks(settings.stallTimeoutMs(), tickMs);
        shard.onLogGrowth(this::checkCongestion);
    }

    /** At most one below what a session can count, which is 16 bits. */
    static int maxStalledTicks(int stallTimeoutMs, int tickMs) {
        return Math.min(Math.max(1, stallTimeoutMs / tickMs), Short.MAX_VALUE - 1);
    }

    /** The lag of the sessions at the last tick. Any thread. */
    LagHistogram lag() {
        return lag;
    }

    /** Measures the lag of each session, and resets those that are stalled. */
    void tick() {
        LagHistogram figures = new LagHistogram();
        group.forEach(ChannelMatchers.all(), session -> {
            figures.add(session.subscription().lagBytes());
            checkStall(session);
        });
        lag = figures;
    }

    private void checkStall(Session session) {
        if (session.isIdle()) {
            session.quietTicks = 0;
        } else if (session.path().hasTakenBytes(session)) {
            SendPath.onBytesTaken(session);
        } else if (++session.quietTicks > maxStalledTicks) {
            long quietTicks = TcpInfo.quietMs(session.channel()) / tickMs;
            if (quietTicks > maxStalledTicks) {
                session.abort(CloseReason.STALLED);
            } else {
                SendPath.onBytesTaken(session);
                session.quietTicks = (short) quietTicks;
            }
        }
    }

    /** Applies the policy to a session of which a log has dropped bytes that were not sent. */
    void onOverrun(Session session) {
        if (session.groupIndex == SessionGroup.NONE) { // A probe. Its reader must keep up, and no figure shows it.
            session.abort(CloseReason.of(CloseCode.LAGGED));
            return;
        }
        Subscription events = session.subscription();
        LagPolicies.Rules rules = session.readsNotices() ? rulesWithNotices : rulesWithoutNotices;
        if (events.isAnyLagging(rules.closes())) {
            session.close(CloseReason.of(CloseCode.LAGGED));
        } else if (session.isIdle()) {
            events.skipLost(rules.keepsLatest(), (topic, missed) -> writeGap(session, topic, missed));
            session.context().flush();
            SendPath.sendMore(session);
        }
    }

    /** Counts the events that a client has missed, and tells a client that reads notices. Does not flush. */
    private void writeGap(Session session, Topic topic, int missed) {
        countMissed(missed);
        if (session.readsNotices()) {
            ByteBuf notice = session.context().alloc().directBuffer();
            session.protocol().format().encodeGap(topic.channel(), missed, notice);
            session.context().write(notice, session.context().voidPromise());
        }
    }

    void countMissed(int events) {
        metrics.missed(events);
    }

    /** Runs soon after a log has begun a new segment, and again and again while the loop is congested. */
    private void checkCongestion() {
        int readsTicks = Math.max(1, READS_MS / tickMs);
        int[] farBehind = new int[1];
        group.forEach(ChannelMatchers.all(), session -> {
            if (session.quietTicks < readsTicks && session.subscription().isFarBehind()) {
                farBehind[0]++;
            }
        });
        boolean congested = 2 * farBehind[0] > group.size();
        shard.setCongested(congested);
        if (congested && !checkScheduled) {
            checkScheduled = true;
            shard.loop().schedule(this::checkAgain, CONGESTED_CHECK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void checkAgain() {
        checkScheduled = false;
        checkCongestion();
    }

    /** The policy for a session that lags on a channel: the configured one, or the default for its kind. Immutable. */
    private static final class LagPolicies {
        private final GatewayConfig.Lag configured;
        private final ChannelTable channels;

        LagPolicies(GatewayConfig.Lag configured, ChannelTable channels) {
            this.configured = configured;
            this.channels = channels;
        }

        /**
         * The policies for one kind of session as predicates, made once so that a check allocates nothing.
         *
         * @param closes true for a topic on which a session that lags is closed
         * @param keepsLatest true for a topic of which only the newest event of each key is sent after a lag
         */
        record Rules(Predicate<Topic> closes, Predicate<Topic> keepsLatest) {}

        Rules rules(boolean readsNotices) {
            return new Rules(
                    topic -> of(topic.channel(), readsNotices) == LagPolicy.CLOSE,
                    topic -> of(topic.channel(), readsNotices) == LagPolicy.LATEST);
        }

        /** @param readsNotices whether the client understands a notice of missed events */
        LagPolicy of(String channel, boolean readsNotices) {
            LagPolicy policy = configured.byChannel().get(channel);
            if (policy == null) {
                policy = ofOwner(channel);
            }
            if (policy == null) {
                policy = configured.otherwise();
            }
            return policy != null ? policy : readsNotices ? LagPolicy.SKIP : LagPolicy.CLOSE;
        }

        private @Nullable LagPolicy ofOwner(String channel) {
            ChannelSpec owner = channels.owner(channel);
            return owner == null ? null : configured.byChannel().get(owner.name());
        }
    }
}
