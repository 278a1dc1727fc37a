package dev.hibiki.gateway.canary;

import dev.hibiki.gateway.hub.Hub;
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
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a detached topic and sends its events as a session does, through the same sweep, cursor, ring and socket. But it
 * is no session and no member of the shard: no limit, list, metric or drain contains it. It has no heartbeat and no
 * timeout, because the {@link CanaryClient} at the other end watches it. Confined to its event loop.
 */
final class LoopProbe extends EventSender implements Subscriber {
    private static final Logger log = LoggerFactory.getLogger(LoopProbe.class);

    private final Hub hub;
    private final Topic topic;

    /** @param topic a detached topic of this hub */
    LoopProbe(SessionLoop loop, Hub hub, Topic topic) {
        super(loop);
        this.hub = hub;
        this.topic = topic;
    }

    /** Sends a ping, which tells the reader that every later event will come. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.channel().config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 1));
        startSending(ctx, loop.shard().subscribe(this, List.of(hub.acquire(topic))));
        ByteBuf ping = ctx.alloc().directBuffer(2);
        WebSocketFormat.writePing(ping);
        ctx.writeAndFlush(ping, ctx.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        ReferenceCountUtil.release(bytes); // The reader says nothing of interest.
    }

    /** At most one event is under way, so this lags only when the reader never reads. */
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
        if (!PeerFailure.matches(cause)) {
            log.warn("The canary of an event loop failed", cause);
        }
        leave();
        closeNow(ctx);
    }
}
