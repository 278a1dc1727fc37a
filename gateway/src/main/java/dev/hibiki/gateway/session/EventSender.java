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
 * Sends the events of one client: the sending half of a {@link Session}. Confined to its event loop. It pins the segment
 * that it sends from until the kernel has taken the bytes.
 *
 * <p>There is no queue. When the socket is idle, the sender takes the bytes between the subscription's cursors and the
 * heads of their logs. While a send is in progress it does nothing. When the send is done, it continues from the cursors.
 *
 * <p>There are two ways to send. A session with one topic and without TLS, on a loop that runs io_uring, puts its sends
 * directly into the ring; {@link RingSender} says when this is safe. Every other session writes to its channel. The water
 * marks of the channel are one byte, so that "writable" means "nothing is pending". Control frames always go through the
 * channel, and only while no send is in the ring.
 */
public abstract class EventSender extends ChannelInboundHandlerAdapter implements RingSender.Sender {
    /** The largest number of runs that one write to the channel gathers from several topics. */
    private static final int MAX_RUNS = 64;

    private static final int SEND_SCHEDULED = 1;
    /** The send in the ring was canceled. Nothing is sent after it, even if the kernel has taken a part of it. */
    private static final int SEND_CANCELED = 2;
    // The flags of Liveness.
    static final int HEARD = 4;
    static final int TOOK_BYTES = 8;
    static final int PINGED = 16;

    public final SessionLoop loop;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Subscription subscription;
    /** Five flags in one byte. Five boolean fields would take eight bytes of each idle session. */
    private byte flags;

    // The send in the ring.
    private short slot = RingSender.NO_SLOT;
    private int fileDescriptor;
    private @Nullable PinnableSegment sendingFrom;
    private int sendOffset;
    private int sendLength;

    public EventSender(SessionLoop loop) {
        this.loop = loop;
    }

    final boolean hasFlag(int flag) {
        return (flags & flag) != 0;
    }

    final void setFlag(int flag, boolean value) {
        flags = (byte) (value ? flags | flag : flags & ~flag);
    }

    /** The log has dropped bytes that were not sent yet. */
    public abstract void onLagged();

    /** The kernel has taken some bytes. */
    protected abstract void onBytesTaken();

    /** A send has failed. The sender closes the channel after this call. */
    protected abstract void onSendFailed();

    /** The socket has become idle. A subclass writes here what it held back while the socket was busy. */
    protected void onIdle(ChannelHandlerContext ctx) {}

    /** Called once. From here on {@link #context} is available, and events are sent. */
    protected void startSending(ChannelHandlerContext ctx, Subscription events) {
        context = ctx;
        subscription = events;
        // Bytes in the ring bypass the channel's handlers. TLS must see every byte.
        if (events.isSingle() && ctx.pipeline().get(SslHandler.class) == null) {
            slot = loop.acquireSlot(this);
            fileDescriptor = slot == RingSender.NO_SLOT ? 0 : SessionLoop.fileDescriptor(ctx.channel());
        }
        sendMore(events); // A client that resumes may have missed events.
    }

    /** Sends no more events. @return the subscription, which the caller closes; null when sending had stopped before */
    protected @Nullable Subscription stopSending() {
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

    /** True while no send is in progress. */
    protected boolean isIdle() {
        return sendingFrom == null && channel().isWritable();
    }

    /** Sends the new events, unless the socket is busy. Called while the loop runs tasks. */
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
            onSent(RingSender.CANCELED);
        }
    }

    @Override
    public void onSent(int result) {
        PinnableSegment segment = sendingFrom;
        if (segment == null) {
            return;
        }
        boolean canContinue = result > 0 && !hasFlag(SEND_CANCELED) && channel().isOpen();
        if (canContinue && result < sendLength) {
            onBytesTaken();
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
            onSendFailed();
            context().close();
            releaseSlot();
        }
    }

    /** Sends the rest of a send of which the kernel has taken a part. */
    private void resume(PinnableSegment segment) {
        if (channel().isOpen() && !hasFlag(SEND_CANCELED)) {
            submit(segment);
        } else {
            onSent(RingSender.CANCELED);
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
        onBytesTaken();
        if (subscription == null) {
            Runnable finalWrite = loop.takeFinalWrite(this);
            if (finalWrite != null) {
                finalWrite.run();
            }
            return; // Nothing may follow a close frame (RFC 6455, section 5.5.1).
        }
        onIdle(context());
        Subscription events = subscription;
        if (events != null) {
            events.sent();
            sendMore(events);
        }
    }

    /** Schedules a send for the loop's next round of tasks, when the subscription has more events. */
    protected void sendMore(Subscription events) {
        if (!hasFlag(SEND_SCHEDULED) && events.hasMore()) {
            setFlag(SEND_SCHEDULED, true);
            loop.sendSoon(this);
        }
    }

    /** Called by the loop, while it runs tasks. */
    void sendNow() {
        setFlag(SEND_SCHEDULED, false);
        onEvents();
    }

    /**
     * Runs the final write of a session that has ended: at once, or when the send in the ring is done. A control frame
     * must not be written into the middle of an event.
     */
    protected void afterSend(Runnable finalWrite) {
        if (sendingFrom == null) {
            finalWrite.run();
        } else {
            loop.putFinalWrite(this, finalWrite);
        }
    }

    /** Closes the channel. A send in the ring is canceled first, and the channel is closed when the ring has let go of it. */
    protected void closeNow(ChannelHandlerContext ctx) {
        if (sendingFrom == null) {
            ctx.close();
        } else {
            cancelSend();
        }
    }

    private void cancelSend() {
        setFlag(SEND_CANCELED, true);
        loop.ring().cancel(slot);
    }

    /** Cancels the send in the ring and gives back the slot. */
    protected void onChannelClosed() {
        if (sendingFrom == null) {
            releaseSlot();
        } else {
            cancelSend();
        }
    }

    private void releaseSlot() {
        if (slot != RingSender.NO_SLOT) {
            loop.ring().release(slot);
            slot = RingSender.NO_SLOT;
        }
    }
}
