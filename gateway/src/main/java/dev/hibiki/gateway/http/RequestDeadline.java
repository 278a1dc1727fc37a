package dev.hibiki.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose request takes too long to come, the first since the connection was opened and each other since
 * its first byte, however steadily its bytes drip; and one that asks for nothing more after an answer. Confined to its
 * event loop; stands before the HTTP codec and leaves with it.
 */
public final class RequestDeadline extends ChannelDuplexHandler {
    private final long requestTimeoutMs;
    private final long idleTimeoutMs;
    private final Consumer<Channel> whenLate;
    private @Nullable Future<?> deadline;
    private boolean idle;

    /**
     * @param requestTimeoutMs for a request, until it is answered
     * @param idleTimeoutMs between an answer and the next request
     * @param whenLate told of a request that did not come in time
     */
    public RequestDeadline(long requestTimeoutMs, long idleTimeoutMs, Consumer<Channel> whenLate) {
        this.requestTimeoutMs = requestTimeoutMs;
        this.idleTimeoutMs = idleTimeoutMs;
        this.whenLate = whenLate;
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
        if (!idle) {
            whenLate.accept(ctx.channel());
        }
        ctx.close();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        arm(ctx, false);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (idle) {
            arm(ctx, false);
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        arm(ctx, true);
        ctx.write(message, promise);
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
