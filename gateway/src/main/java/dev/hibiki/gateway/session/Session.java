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
 * One connected client, from its entrance to its end, and the last handler of its pipeline. Confined to its event loop.
 * How its events are sent is the business of {@link EventSender}, whether it is still there of {@link Liveness}; how its protocol
 * looks, of the subclass.
 */
public abstract class Session extends Liveness implements Subscriber {
    /** Its own until it enters, then what it shares with others. */
    private ClientTraits traits;

    /** By the clock of the loop; differences are right for 49 days. */
    private int enteredMs;

    /**
     * @param loop the session's own event loop
     * @param traits the label its connection counts under, and the client's user agent
     */
    protected Session(SessionLoop loop, ClientTraits traits) {
        super(loop);
        this.traits = traits;
    }

    /** Some bytes that are the same for every client; never released. */
    protected static ByteBuf shared(Consumer<ByteBuf> writer) {
        ByteBuf buffer = Unpooled.directBuffer(16);
        writer.accept(buffer);
        return Unpooled.unreleasableBuffer(buffer.asReadOnly());
    }

    /** The format of the events that are sent to this client; null for the plain one of the hub. */
    protected @Nullable WireFormat wireFormat() {
        return null;
    }

    /** Tells the client that and why this is the end, flushes, and closes once the client has had its say. */
    protected abstract void writeEnd(ChannelHandlerContext ctx, CloseCode code);

    /**
     * Enters the hub; from here on events are sent. Called once, by whoever put the handler into the pipeline.
     *
     * @param chosen what the client wants to hear
     * @param grant what it was let in with; null where nothing is asked for
     * @return where the client's events begin; null when the client has gone
     */
    public @Nullable JoinResult enter(ChannelHandlerContext ctx, Selection chosen, @Nullable Grant grant) {
        if (!ctx.channel().isActive()) {
            return null;
        }
        enteredMs = SessionLoop.clockMs();
        traits = loop.traits().enter(traits);
        Subscription entered = loop.enter(this, grant);
        JoinResult start = loop.join(entered, this, chosen, Long.MAX_VALUE);
        open(ctx, entered);
        SessionLog.opened(this, chosen, start);
        return start;
    }

    /**
     * The client has been answered. Called by whoever put the handler into the pipeline.
     *
     * @param out where to write the first words, which go out behind the answer
     * @param start what {@link #enter} has said
     */
    public void welcome(ChannelHandlerContext out, JoinResult start) {}

    RegionLabels.Label region() {
        return traits.region();
    }

    ClientTraits traits() {
        return traits;
    }

    /** What the client speaks, as logs and answers name it. */
    protected abstract String kind();

    /** How long ago the client came. */
    long ageMs() {
        return Integer.toUnsignedLong(SessionLoop.clockMs() - enteredMs);
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
            events.skipLost(rules.keepsLatest(), this::onLoss);
            context().flush();
            sendMore(events);
        }
    }

    /** Changes what is read of one channel; see {@link TopicChange}. */
    protected JoinResult subscribe(String channel, List<String> regions, List<String> lastIds) throws RefusedException {
        Subscription events = openSubscription();
        JoinResult start = new TopicChange(loop, this, events, channel).select(regions, lastIds);
        sendMore(events);
        return start;
    }

    /** Reads nothing of that channel any more. */
    protected void unsubscribe(String channel) throws RefusedException {
        new TopicChange(loop, this, openSubscription(), channel).drop();
    }

    protected Grants grants() {
        return loop.grants;
    }

    /** Whose token the client was let in with; null where that does not say, or no token is asked for. */
    @Nullable String user() {
        Grant held = grants().get(this);
        return held == null ? null : held.subject();
    }

    private Subscription openSubscription() {
        Subscription events = subscription();
        if (events == null) {
            throw new IllegalStateException("the session has ended");
        }
        return events;
    }

    /** How long a message of the client may be. */
    protected int maxMessageBytes() {
        return loop.settings().maxMessageBytes();
    }

    /** For what a client is told. */
    protected int pingSeconds() {
        return Math.max(1, loop.settings().pingIntervalMs() / 1000);
    }

    private void onLoss(Topic topic, int missed) {
        loop.countLoss(missed);
        writeLoss(context(), topic.channel(), missed);
    }

    /** Writes, without flushing, that so many events of this channel will not come; where the client understands that. */
    protected void writeLoss(ChannelHandlerContext ctx, String channel, int missed) {}

    @Override
    protected void onFailed() {
        leave("gone");
    }

    /** Counts a message of the client, and ends the session when that is too much. @return true when it did */
    protected boolean endsForTalking() {
        if (!isOpen() || !loop.saysTooMuch(this)) {
            return false;
        }
        end(CloseCode.POLICY);
        return true;
    }

    /** Counts that the client went beyond a limit. */
    protected void refused(Refusal reason) {
        loop.refused(reason);
    }

    /** Ends the session in order: no more events, a word to the client, and a reset if it does not answer in time. */
    public void end(CloseCode code) {
        if (!isOpen()) {
            return;
        }
        ChannelHandlerContext ctx = context();
        leave(code);
        afterSending(() -> writeEnd(ctx, code));
        expectGone(ctx);
    }

    /** Ends the session without a word. */
    void endNow() {
        leave("cut off");
        reset(context());
    }

    /** Gives the client the linger time to be gone, then resets its socket. */
    protected void expectGone(ChannelHandlerContext ctx) {
        loop.ending(this);
        ctx.executor().schedule(() -> reset(ctx), loop.settings().lingerMs(), TimeUnit.MILLISECONDS);
    }

    /** True from {@link #enter} until the session ends, by whoever ends it. */
    public boolean isOpen() {
        return subscription() != null;
    }

    /** Leaves the hub because of us. */
    protected void leave(CloseCode code) {
        leave(Integer.toString(code.code()), code.reason(), code.code());
    }

    /** Leaves the hub without a close frame. */
    @Override
    protected void leave(String reason) {
        leave(reason, reason, 0);
    }

    /**
     * Leaves the hub. May be called more than once; the first reason counts.
     *
     * @param label what this end is counted under
     * @param code of the close frame; 0 when there is none
     */
    protected void leave(String label, String reason, int code) {
        Subscription ended = endEvents();
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
            closeNow(first == null ? ctx : first); // Past TLS, which would wait until its goodbye is taken.
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        leave("gone");
        if (hasContext()) {
            loop.socketClosed(this);
            closed();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (PeerFailure.isOne(cause)) {
            leave("gone");
        } else {
            SessionLog.failed(this, cause);
            leave("error");
        }
        closeNow(ctx);
    }
}
