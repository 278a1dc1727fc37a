package dev.hibiki.gateway.canary;

import dev.hibiki.gateway.hub.Subscriber;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.runtime.PeerFailure;
import dev.hibiki.gateway.session.EventSender;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic of the gateway's own, and sends what it reads as a session does: the same sweep, cursor, ring and socket.
 * But it is no session: no limit, list, figure or drain knows of it, and it is neither pinged nor timed, since who reads it
 * watches over it. Confined to its event loop.
 */
public final class LoopProbe extends EventSender implements Subscriber {
    private static final Logger log = LoggerFactory.getLogger(LoopProbe.class);

    private final Topic topic;

    public LoopProbe(SessionLoop loop, Topic topic) {
        super(loop);
        this.topic = topic;
    }

    /** From here on events are sent; and before them a ping, by which the reader knows it. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.channel().config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 1));
        startSending(ctx, loop.shard().observe(this, topic));
        ByteBuf ping = ctx.alloc().directBuffer(2);
        WebSocketFormat.writePing(ping);
        ctx.writeAndFlush(ping, ctx.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        ReferenceCountUtil.release(bytes); // There is nothing to say.
    }

    /** Only what is never read can lag: no more than one event is under way. */
    @Override
    public void onLagged() {
        leave();
        closeNow(context());
    }

    @Override
    protected void onBytesTaken() {}

    @Override
    protected void onSendFailed() {
        leave();
    }

    private void leave() {
        @Nullable Subscription events = stopSending();
        if (events != null) {
            events.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        leave();
        if (hasContext()) {
            onChannelClosed();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!PeerFailure.isOne(cause)) {
            log.warn("The canary of an event loop failed", cause);
        }
        leave();
        closeNow(ctx);
    }
}
