package dev.hibiki.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose request does not arrive in time, and one that stays idle after an answer. Confined to its
 * event loop; it is before the HTTP codec and is removed with it. The codec tells it by {@link #ANSWERED} of an answer.
 *
 * <p>The time of the first request begins when the connection is opened, that of each other request with its first byte.
 * More bytes do not extend the time. When it is over, nothing more is read, although TLS may need a while to close.
 */
public final class RequestDeadline extends ChannelInboundHandlerAdapter {
    /** The event of a pipeline whose request is being answered. */
    static final Object ANSWERED = new Object();

    private final long requestTimeoutMs;
    private final long idleTimeoutMs;
    private final Consumer<Channel> onRequestTimeout;
    private @Nullable Future<?> deadline;
    private boolean idle;
    private boolean over;

    /**
     * @param requestTimeoutMs the time for a request, until it is answered
     * @param idleTimeoutMs the time between an answer and the next request
     * @param onRequestTimeout called for a request that did not arrive in time, before its channel is closed
     */
    public RequestDeadline(long requestTimeoutMs, long idleTimeoutMs, Consumer<Channel> onRequestTimeout) {
        this.requestTimeoutMs = requestTimeoutMs;
        this.idleTimeoutMs = idleTimeoutMs;
        this.onRequestTimeout = onRequestTimeout;
    }

    private void arm(ChannelHandlerContext ctx, boolean answered) {
        disarm();
        idle = answered;
        deadline = ctx.executor()
                .schedule(() -> expire(ctx), answered ? idleTimeoutMs : requestTimeoutMs, TimeUnit.MILLISECONDS);
    }

    private void disarm() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void expire(ChannelHandlerContext ctx) {
        over = true;
        if (!idle) {
            onRequestTimeout.accept(ctx.channel());
        }
        ctx.close();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        arm(ctx, false);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (over) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (idle) {
            arm(ctx, false);
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ANSWERED) {
            arm(ctx, true);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        disarm();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        disarm();
    }
}
