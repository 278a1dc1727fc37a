package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.session.SessionSettings;
import dev.hibiki.gateway.session.http.SessionSwap;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a client after the upgrade. The script of a page sees no status of a failed handshake, but it sees a close
 * code. So the handshake is accepted, and the reason and the close frame follow in the same write. As the last handler
 * of the connection this waits for the client's close frame, or for any other bytes, or until the linger time is over.
 *
 * <p>Confined to its event loop.
 */
final class RejectAfterUpgrade extends ChannelInboundHandlerAdapter {
    private RejectAfterUpgrade() {}

    /**
     * @param refused what clients are told besides the code, where their subprotocol has words for it; null for nothing
     */
    static void send(
            ChannelHandlerContext ctx,
            HttpRequest request,
            SessionSwap swap,
            Subprotocol subprotocol,
            CloseCode code,
            @Nullable RefusedException refused) {
        ByteBuf answer = Handshake.response(ctx.alloc(), request, subprotocol.name(), null);
        subprotocol.writeRefusal(code, refused, answer);
        WebSocketFormat.writeClose(code.code(), code.reason(), answer);
        swap.refuseSession(ctx, answer, new RejectAfterUpgrade());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.executor().schedule(() -> ctx.close(), SessionSettings.LINGER_MS, TimeUnit.MILLISECONDS);
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
