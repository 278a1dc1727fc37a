package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.frame.ControlMessages;
import dev.hibiki.gateway.frame.WebSocketFormat;
import dev.hibiki.gateway.http.Refusals;
import dev.hibiki.gateway.session.CloseCode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * The last handler of a WebSocket that was accepted only to be told to come back later. Confined to its event loop. It
 * waits for the client's close, or for anything else that the client says, but not for long.
 */
final class TurnedAway extends ChannelInboundHandlerAdapter {
    private static final int LINGER_MS = 3_000;

    /**
     * Appends all that the client is told.
     *
     * @param controlled whether it understands when to come back
     */
    static void writeEnd(boolean controlled, ByteBuf out) {
        CloseCode code = CloseCode.OVERLOADED;
        if (controlled) {
            WebSocketFormat.writeText(
                    ControlMessages.bye(
                            code.code(), 1_000 * Refusals.MIN_RETRY_SECONDS, 1_000 * Refusals.MAX_RETRY_SECONDS),
                    out);
        }
        WebSocketFormat.writeClose(code.code(), code.reason(), out);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.executor().schedule(() -> ctx.close(), LINGER_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
        ctx.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
