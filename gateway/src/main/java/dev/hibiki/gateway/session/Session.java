package dev.hibiki.gateway.session;

import dev.hibiki.gateway.frame.WireFormat;
import dev.hibiki.gateway.hub.Subscriber;
import dev.hibiki.gateway.hub.Subscription;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connected client, from its entrance to its end, and the last handler of its pipeline. Confined to its event loop.
 * How its events are sent is the business of {@link Outflow}; how its protocol looks, of the subclass.
 */
public abstract class Session extends Outflow implements Subscriber {
    private static final Logger log = LoggerFactory.getLogger(Session.class);

    private final RegionLabels.Label region;
    private @Nullable Selection selection;

    // Since the last beat.
    private boolean heard = true;
    private boolean tookBytes;
    private boolean pinged;

    // Where the heartbeat wheel keeps this session.
    int wheelSlot;
    int wheelIndex;

    /**
     * @param loop the session's own event loop
     * @param region the label its connection counts under
     * @param selection what it wants to hear
     */
    protected Session(SessionLoop loop, RegionLabels.Label region, Selection selection) {
        super(loop);
        this.region = region;
        this.selection = selection;
    }

    /** The format of the events that are sent to this client; null for the plain one of the hub. */
    protected @Nullable WireFormat wireFormat() {
        return null;
    }

    /** Writes one ping to the channel, without flushing. */
    protected abstract void writePing(ChannelHandlerContext ctx);

    /** Tells the client that and why this is the end, flushes, and closes once the client has had its say. */
    protected abstract void writeEnd(ChannelHandlerContext ctx, CloseCode code);

    /** Enters the hub; from here on events are sent. Called by whoever put the handler into the pipeline. */
    public void enter(ChannelHandlerContext ctx) {
        Selection chosen = selection;
        if (chosen == null || !ctx.channel().isActive()) {
            return;
        }
        selection = null; // Needed no longer, and there may be a million of them.
        open(ctx, loop.enter(this, chosen));
        log.debug("{} entered: region {}, {}", ctx.channel(), region, chosen);
    }

    RegionLabels.Label region() {
        return region;
    }

    long lagBytes() {
        Subscription events = subscription();
        return events == null ? 0 : events.lagBytes();
    }

    @Override
    public void onLagged() {
        end(CloseCode.LAGGED);
    }

    @Override
    void onTaken() {
        tookBytes = true;
    }

    @Override
    void onFailed() {
        leave("gone");
    }

    /** The client has shown that it is there. */
    protected void seen() {
        heard = true;
    }

    /** Once per ping interval. */
    void beat() {
        ChannelHandlerContext ctx = context();
        boolean busy = !isIdle();
        // The kernel takes bytes, and the ping, for a peer that is gone. Only when a full socket empties has the peer
        // taken them, and then its pong may still be far behind.
        if (!heard && !(tookBytes && (busy || !pinged))) {
            leave("dead");
            reset(ctx);
            return;
        }
        heard = false;
        tookBytes = false;
        pinged = !busy;
        if (pinged) {
            writePing(ctx);
            ctx.flush();
        }
    }

    /** Ends the session in order: no more events, a word to the client, and a reset if it does not answer in time. */
    public void end(CloseCode code) {
        if (!isOpen()) {
            return;
        }
        ChannelHandlerContext ctx = context();
        leave(Integer.toString(code.code()));
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
    protected boolean isOpen() {
        return subscription() != null;
    }

    /** Leaves the hub. May be called more than once; the first reason counts. */
    protected void leave(String reason) {
        Subscription ended = endEvents();
        if (ended != null) {
            loop.leave(this, ended, reason);
            log.debug("{} left: region {}, {}", channel(), region, reason);
        }
    }

    /**
     * Closes without waiting for the peer. A socket with unsent bytes would otherwise keep them in the kernel until a
     * peer that reads nothing gives up, which can take a quarter of an hour.
     */
    void reset(ChannelHandlerContext ctx) {
        if (ctx.channel().isOpen()) {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            closeNow(ctx);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        leave("gone");
        if (hasContext()) {
            loop.socketClosed(this);
            closed();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            leave("gone");
        } else {
            log.warn("{} failed", ctx.channel(), cause);
            leave("error");
        }
        closeNow(ctx);
    }
}
