package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.PinnableSegment;
import dev.hibiki.gateway.hub.Run;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.runtime.RingSender;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/**
 * How events leave for one client: the sending half of a {@link Session}. Confined to its event loop.
 *
 * <p>There is no queue. When the socket is idle, what lies between the subscription's cursors and the heads of their logs
 * is sent; while a send is under way nothing happens, and when it is done sending goes on from where it was. Where the
 * loop runs io_uring, and there is one topic and no TLS, a send goes straight into the ring (see {@link RingSender} for when it may);
 * else through the channel, whose water marks are one byte, so that "writable" means "nothing pending". Control frames
 * always go through the channel, and only while no send is in the ring.
 */
public abstract class EventSender extends ChannelInboundHandlerAdapter implements RingSender.Sender {
    /** How many runs of several topics one write gathers, at most. */
    private static final int MAX_RUNS = 64;

    private static final int WAITING = 1;
    /** The send in the ring was called off: whatever it still got done, nothing follows it. */
    private static final int CALLED_OFF = 2;
    // The rest is of the heartbeat, see Session.
    static final int HEARD = 4;
    static final int TOOK_BYTES = 8;
    static final int PINGED = 16;

    public final SessionLoop loop;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Subscription subscription;
    /**
     * What is true of this session, as bits: five fields of one byte each would cost an idle client eight, and all of
     * them are confined to the loop.
     */
    private byte facts;

    // The send in the ring.
    private short slot = RingSender.NO_SLOT;
    private int fileDescriptor;
    private @Nullable PinnableSegment sendingFrom;
    private int sendOffset;
    private int sendLength;

    public EventSender(SessionLoop loop) {
        this.loop = loop;
    }

    final boolean is(int fact) {
        return (facts & fact) != 0;
    }

    final void set(int fact, boolean value) {
        facts = (byte) (value ? facts | fact : facts & ~fact);
    }

    /** Unsent bytes are gone from the log. */
    public abstract void onLagged();

    /** What was being sent has been taken by the kernel. */
    protected abstract void onTaken();

    /** The socket failed. */
    protected abstract void onFailed();

    /** Writes what was held back while the socket was busy. */
    protected void onIdle(ChannelHandlerContext ctx) {}

    protected void open(ChannelHandlerContext ctx, Subscription events) {
        context = ctx;
        subscription = events;
        // What goes into the ring goes past the channel's handlers, of which TLS must see all.
        if (events.isSingle() && ctx.pipeline().get(SslHandler.class) == null) {
            slot = loop.acquireSlot(this);
            fileDescriptor = slot == RingSender.NO_SLOT ? 0 : SessionLoop.fileDescriptor(ctx.channel());
        }
        sendMore(events); // What was missed, if anything.
    }

    /** No more events from here on. @return what was subscribed to; null when that has ended before */
    protected @Nullable Subscription endEvents() {
        Subscription ended = subscription;
        subscription = null;
        return ended;
    }

    protected @Nullable Subscription subscription() {
        return subscription;
    }

    protected boolean hasContext() {
        return context != null;
    }

    protected ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("the session has not entered");
        }
        return ctx;
    }

    public Channel channel() {
        return context().channel();
    }

    /** True when nothing is being sent. */
    protected boolean isIdle() {
        return sendingFrom == null && channel().isWritable();
    }

    /** Sends what there is, unless the socket is busy. Called while the loop runs tasks. */
    public void onEvents() {
        Subscription events = subscription;
        if (events == null || !isIdle()) {
            return;
        }
        if (events.lagged()) {
            onLagged();
        } else if (slot != RingSender.NO_SLOT && events.isSingle()) {
            sendThroughRing(events);
        } else {
            sendThroughChannel(context(), events);
        }
    }

    private void sendThroughRing(Subscription events) {
        Run run = loop.run();
        if (events.take(loop.settings().maxWriteBytes(), run)) {
            sendingFrom = run.segment();
            sendOffset = run.offset();
            sendLength = run.length();
            submit(run.segment());
        }
    }

    private void submit(PinnableSegment segment) {
        if (!loop.ring().send(slot, fileDescriptor, segment.address(sendOffset), sendLength)) {
            sent(RingSender.CANCELED);
        }
    }

    @Override
    public void sent(int result) {
        PinnableSegment segment = sendingFrom;
        if (segment == null) {
            return;
        }
        boolean canContinue = result > 0 && !is(CALLED_OFF) && channel().isOpen();
        if (canContinue && result < sendLength) {
            onTaken();
            sendOffset += result;
            sendLength -= result;
            loop.executeSoon(() -> resume(segment));
            return;
        }
        sendingFrom = null;
        segment.unpin();
        if (canContinue) {
            becameIdle();
        } else {
            onFailed();
            context().close();
            releaseSlot();
        }
    }

    /** Sends the rest of what the kernel took in part. */
    private void resume(PinnableSegment segment) {
        if (channel().isOpen() && !is(CALLED_OFF)) {
            submit(segment);
        } else {
            sent(RingSender.CANCELED);
        }
    }

    private void sendThroughChannel(ChannelHandlerContext ctx, Subscription events) {
        int budget = loop.settings().maxWriteBytes();
        int runs = 0;
        ByteBuf run;
        while (runs < MAX_RUNS && budget > 0 && (run = events.poll(budget)) != null) {
            budget -= run.readableBytes();
            runs++;
            ctx.write(run, ctx.voidPromise());
        }
        if (runs > 0) {
            ctx.flush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (context != null && isIdle()) {
            becameIdle();
        }
    }

    private void becameIdle() {
        onTaken();
        if (subscription == null) {
            Runnable due = loop.takeLastWord(this);
            if (due != null) {
                due.run();
            }
            return; // Nothing follows the last word (RFC 6455, section 5.5.1).
        }
        onIdle(context());
        Subscription events = subscription;
        if (events != null) {
            events.sent();
            sendMore(events);
        }
    }

    /** Sends soon what there is, if anything. */
    protected void sendMore(Subscription events) {
        if (!is(WAITING) && events.hasMore()) {
            set(WAITING, true);
            loop.sendSoon(this);
        }
    }

    /** The loop runs tasks now. */
    void sendNow() {
        set(WAITING, false);
        onEvents();
    }

    /**
     * Runs this now, or when the send in the ring is done: control frames must not cut into it. For the last word of a
     * session that has ended.
     */
    protected void afterSending(Runnable action) {
        if (sendingFrom == null) {
            action.run();
        } else {
            loop.putLastWord(this, action);
        }
    }

    /** Closes the channel, after the send in the ring has been called off. */
    protected void closeNow(ChannelHandlerContext ctx) {
        if (sendingFrom == null) {
            ctx.close();
        } else {
            callOff();
        }
    }

    private void callOff() {
        set(CALLED_OFF, true);
        loop.ring().cancel(slot);
    }

    /** The channel is closed: nothing of it stays behind in the ring. */
    protected void closed() {
        if (sendingFrom == null) {
            releaseSlot();
        } else {
            callOff();
        }
    }

    private void releaseSlot() {
        if (slot != RingSender.NO_SLOT) {
            loop.ring().release(slot);
            slot = RingSender.NO_SLOT;
        }
    }
}
