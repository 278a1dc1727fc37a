package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.Subscriber;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.runtime.PeerFailure;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client that has been let in and reads topics. Confined to its event loop. It is the last handler of its pipeline.
 *
 * <p>{@link EventSender} sends its events, {@link Liveness} finds out whether the client is still connected, and the
 * subclass speaks its protocol. A session starts in {@link #enter}. Every way to its end goes through {@code leave}, which
 * counts it and logs it, with the close code when there is one. {@link CloseCode} names the place that decides each code.
 */
public abstract class Session extends Liveness implements Subscriber {
    /** Its own object until {@link #enter}, then the shared one of its loop. */
    private ClientProfile profile;

    /** In 32 bits, so that {@link #ageMs} is right for 49 days. */
    private int enteredMs;

    /**
     * @param loop the session's own event loop
     * @param profile the region label of the connection, and the client's user agent
     */
    protected Session(SessionLoop loop, ClientProfile profile) {
        super(loop);
        this.profile = profile;
    }

    /** Bytes that are the same for all clients. The buffer is never released. */
    protected static ByteBuf shared(Consumer<ByteBuf> writer) {
        ByteBuf buffer = Unpooled.directBuffer(16);
        writer.accept(buffer);
        return Unpooled.unreleasableBuffer(buffer.asReadOnly());
    }

    /** The wire format of this client's events. */
    protected abstract WireFormat wireFormat();

    /** Tells the client why the session ends, and flushes. The channel is closed when the client has answered, if it must. */
    protected abstract void writeEnd(ChannelHandlerContext ctx, CloseCode code);

    /**
     * Enters the hub; from here on events are sent. Called once, by {@link SessionSwap}.
     *
     * @param chosen what the client wants to read
     * @param grant the grant of the client's token; null when the gateway requires no tokens
     * @return where the client's events begin; null when the client has gone
     */
    public @Nullable JoinResult enter(ChannelHandlerContext ctx, Selection chosen, @Nullable Grant grant) {
        if (!ctx.channel().isActive()) {
            return null;
        }
        enteredMs = loop.clock().nowMs();
        profile = loop.profiles().acquire(profile);
        Subscription entered = loop.enter(this, grant);
        JoinResult start = loop.join(entered, this, chosen, Long.MAX_VALUE);
        startSending(ctx, entered);
        SessionLog.opened(this, chosen, start);
        return start;
    }

    /**
     * Writes the first message to the client. Called by {@link SessionSwap} once, after the HTTP response was written.
     *
     * @param out where to write, so that the message follows the response
     * @param start the result of {@link #enter}
     */
    public void writeGreeting(ChannelHandlerContext out, JoinResult start) {}

    RegionLabels.Label region() {
        return profile.region();
    }

    ClientProfile profile() {
        return profile;
    }

    /** The client's protocol, as logs and {@code /sessions} name it. */
    protected abstract String kind();

    /** The time since {@link #enter}. */
    long ageMs() {
        return Integer.toUnsignedLong(loop.clock().nowMs() - enteredMs);
    }

    long lagBytes() {
        Subscription events = subscription();
        return events == null ? 0 : events.lagBytes();
    }

    @Override
    public void onLagged() {
        Subscription events = subscription();
        if (events == null) {
            return;
        }
        LagPolicies.Rules rules = loop.lagRules(readsNotices());
        if (events.isAnyLagging(rules.closes())) {
            end(CloseCode.LAGGED);
        } else if (isIdle()) {
            events.skipLost(rules.keepsLatest(), this::onGap);
            context().flush();
            sendMore(events);
        }
    }

    /** Changes the topics of one channel; see {@link TopicChange}. */
    protected JoinResult subscribe(String channel, List<String> regions, List<String> lastIds) throws RefusedException {
        Subscription events = requireSubscription();
        JoinResult start = new TopicChange(loop, this, events, channel).select(regions, lastIds);
        sendMore(events);
        return start;
    }

    /** Removes all topics of a channel. */
    protected void unsubscribe(String channel) throws RefusedException {
        new TopicChange(loop, this, requireSubscription(), channel).unsubscribe();
    }

    protected Grants grants() {
        return loop.grants;
    }

    /** The subject of the client's token; null when there is no token, or no subject in it. */
    @Nullable String user() {
        Grant held = grants().get(this);
        return held == null ? null : held.subject();
    }

    private Subscription requireSubscription() {
        Subscription events = subscription();
        if (events == null) {
            throw new IllegalStateException("the session has ended");
        }
        return events;
    }

    /** The size limit for a message of the client. */
    protected int maxMessageBytes() {
        return loop.settings().limits().maxMessageBytes();
    }

    /** The ping interval, as the client is told. */
    protected int pingSeconds() {
        return Math.max(1, loop.settings().pingIntervalMs() / 1000);
    }

    /** Counts the events that a client has missed, and tells a client that reads notices. Does not flush. */
    private void onGap(Topic topic, int missed) {
        loop.countMissed(missed);
        if (readsNotices()) {
            ByteBuf notice = context().alloc().directBuffer();
            wireFormat().encodeGap(topic.channel(), missed, notice);
            context().write(notice, context().voidPromise());
        }
    }

    @Override
    protected void onSendFailed() {
        leave("gone");
    }

    /** Counts a message of the client, and ends the session when there were too many. @return whether it has ended */
    protected boolean endIfTooManyMessages() {
        if (!isOpen() || !loop.exceedsMessageRate(this)) {
            return false;
        }
        end(CloseCode.POLICY);
        return true;
    }

    /** Counts that the client exceeded a limit. */
    protected void countRefusal(Refusal reason) {
        loop.countRefusal(reason);
    }

    /**
     * Ends the session in order: sends no more events, tells the client the code, and resets the socket when the client
     * does not close it in time.
     */
    public void end(CloseCode code) {
        if (!isOpen()) {
            return;
        }
        ChannelHandlerContext ctx = context();
        leave(code);
        afterSend(() -> writeEnd(ctx, code));
        resetAfterLinger(ctx);
    }

    /** Ends the session, sends nothing to the client and resets the socket. */
    void abort() {
        leave("cut off");
        reset(context());
    }

    /** Resets the socket when it is still open after the linger time. */
    protected void resetAfterLinger(ChannelHandlerContext ctx) {
        loop.ending(this);
        ctx.executor().schedule(() -> reset(ctx), SessionSettings.LINGER_MS, TimeUnit.MILLISECONDS);
    }

    /** True from {@link #enter} until the session ends, for whatever reason. */
    public boolean isOpen() {
        return subscription() != null;
    }

    /** Leaves the hub with a close code of the gateway. */
    protected void leave(CloseCode code) {
        leave(Integer.toString(code.code()), code.reason(), code.code());
    }

    /** Leaves the hub without a close frame. */
    @Override
    protected void leave(String reason) {
        leave(reason, reason, 0);
    }

    /**
     * Leaves the hub. Only the first call has an effect.
     *
     * @param label the metric's label for this end
     * @param code the code of the close frame; 0 without one
     */
    protected void leave(String label, String reason, int code) {
        Subscription ended = stopSending();
        if (ended != null) {
            SessionLog.closed(this, reason, code);
            loop.leave(this, ended, label);
        }
    }

    /**
     * Closes without waiting for the peer. A socket with unsent bytes would otherwise keep them in the kernel until a
     * peer that reads nothing gives up, which can take a quarter of an hour.
     */
    @Override
    void reset(ChannelHandlerContext ctx) {
        if (ctx.channel().isOpen()) {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            ChannelHandlerContext first = ctx.pipeline().firstContext();
            closeNow(first == null ? ctx : first); // Bypasses TLS, which would wait until its close_notify is sent.
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        leave("gone");
        if (hasContext()) {
            loop.socketClosed(this);
            onChannelClosed();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (PeerFailure.matches(cause)) {
            leave("gone");
        } else {
            SessionLog.failed(this, cause);
            leave("error");
        }
        closeNow(ctx);
    }
}
