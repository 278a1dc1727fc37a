package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.Subscriber;
import dev.hibiki.gateway.hub.Subscription;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connected client, and the last handler of its pipeline. Confined to its event loop.
 *
 * <p>It keeps no queue. It is told that there are events, and if its socket has nothing pending it writes what lies
 * between its cursors and the heads of their logs. While a write is pending it does nothing: when the socket is done,
 * the channel's writability changes (its water marks are one byte, so "writable" means "nothing pending") and it reads
 * on from where it was. Void promises and shared bytes: a delivery leaves no garbage of ours behind.
 */
public abstract class Session extends ChannelInboundHandlerAdapter implements Subscriber {
    private static final Logger log = LoggerFactory.getLogger(Session.class);
    /** How many runs of several topics one write gathers, at most. */
    private static final int MAX_RUNS = 64;

    private final SessionLoop loop;
    private final RegionLabels.Label region;
    private @Nullable Selection selection;
    private @Nullable Subscription subscription;
    private @Nullable ChannelHandlerContext context;
    private boolean alive = true;

    // Where the heartbeat wheel keeps this session.
    int wheelSlot;
    int wheelIndex;

    /**
     * @param loop the session's own event loop
     * @param region the label its connection counts under
     * @param selection what it wants to hear
     */
    protected Session(SessionLoop loop, RegionLabels.Label region, Selection selection) {
        this.loop = loop;
        this.region = region;
        this.selection = selection;
    }

    /** Writes one ping to the channel, without flushing. */
    protected abstract void writePing(ChannelHandlerContext ctx);

    /** Tells the client that and why this is the end, flushes, and closes once the client has had its say. */
    protected abstract void writeEnd(ChannelHandlerContext ctx, CloseCode code);

    /** Enters the hub; from here on events are written. Called by whoever put the handler into the pipeline. */
    public void enter(ChannelHandlerContext ctx) {
        Selection chosen = selection;
        if (chosen == null || !ctx.channel().isActive()) {
            return;
        }
        selection = null; // Needed no longer, and there may be a million of them.
        context = ctx;
        subscription = loop.enter(this, chosen);
        log.debug("{} entered: region {}, {}", ctx.channel(), region, chosen);
    }

    RegionLabels.Label region() {
        return region;
    }

    @Override
    public Channel channel() {
        return context().channel();
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("the session has not entered");
        }
        return ctx;
    }

    long lagBytes() {
        return subscription == null ? 0 : subscription.lagBytes();
    }

    @Override
    public void onEvents() {
        if (channel().isWritable()) {
            writeEvents(context());
        }
    }

    private void writeEvents(ChannelHandlerContext ctx) {
        Subscription events = subscription;
        if (events == null) {
            return;
        }
        events.sent();
        if (events.lagged()) {
            onLagged();
            return;
        }
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
    public void onLagged() {
        end(CloseCode.LAGGED);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            alive = true; // The client took bytes.
            writeEvents(ctx);
        }
    }

    /** The client has shown that it is there. */
    protected void seen() {
        alive = true;
    }

    /** Once per ping interval. */
    void beat() {
        ChannelHandlerContext ctx = context();
        if (!alive) {
            leave("dead");
            reset(ctx);
            return;
        }
        alive = false;
        if (ctx.channel().isWritable()) {
            writePing(ctx);
            ctx.flush();
        }
    }

    /** Ends the session in order: no more events, a word to the client, and a reset if it does not answer in time. */
    public void end(CloseCode code) {
        if (subscription == null) {
            return;
        }
        ChannelHandlerContext ctx = context();
        leave(Integer.toString(code.code()));
        writeEnd(ctx, code);
        expectGone(ctx);
    }

    /** Gives the client the linger time to be gone, then resets its socket. */
    protected void expectGone(ChannelHandlerContext ctx) {
        ctx.executor().schedule(() -> reset(ctx), loop.settings().lingerMs(), TimeUnit.MILLISECONDS);
    }

    /** True from {@link #enter} until the session ends, by whoever ends it. */
    protected boolean isOpen() {
        return subscription != null;
    }

    /** Leaves the hub. May be called more than once; the first reason counts. */
    protected void leave(String reason) {
        Subscription ended = subscription;
        if (ended != null) {
            subscription = null;
            loop.leave(this, ended, reason);
            log.debug("{} left: region {}, {}", channel(), region, reason);
        }
    }

    /**
     * Closes without waiting for the peer. A socket with unsent bytes would otherwise keep them in the kernel until a
     * peer that reads nothing gives up, which can take a quarter of an hour.
     */
    private static void reset(ChannelHandlerContext ctx) {
        if (ctx.channel().isOpen()) {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        leave("gone");
        if (context != null) {
            loop.socketClosed();
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
        ctx.close();
    }
}
