package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.session.SessionSwap;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.ControlMessages;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of a client that is refused where a browser can hear it: its script sees no status of a failed
 * handshake, but the code of a close. So the handshake is accepted, and what there is to say follows in the same write.
 * Confined to its event loop. It waits for the client's close, or for anything else that it says, but not for long.
 */
final class RejectAfterUpgrade extends ChannelInboundHandlerAdapter {
    private static final int LINGER_MS = 3_000;

    private RejectAfterUpgrade() {}

    /**
     * Accepts and closes.
     *
     * @param error what clients of {@code hibiki.v1} are told besides the code; null when that says it all
     */
    static void send(
            ChannelHandlerContext ctx, HttpRequest request, SessionSwap swap, CloseCode code, @Nullable String error) {
        boolean controlled = Handshake.offers(request, HibikiV1Session.SUBPROTOCOL);
        ByteBuf answer =
                Handshake.response(ctx.alloc(), request, controlled ? HibikiV1Session.SUBPROTOCOL : null, null);
        if (controlled && error != null) {
            WebSocketFormat.writeText(ControlMessages.error(label(code), error), answer);
        }
        if (controlled && code.mayReconnect()) {
            WebSocketFormat.writeText(
                    ControlMessages.bye(
                            code.code(), 1_000 * Refusals.MIN_RETRY_SECONDS, 1_000 * Refusals.MAX_RETRY_SECONDS),
                    answer);
        }
        WebSocketFormat.writeClose(code.code(), code.reason(), answer);
        swap.refuseSession(ctx, answer, new RejectAfterUpgrade());
    }

    /** As {@code error} names it. */
    static String label(CloseCode code) {
        return switch (code) {
            case BAD_TOKEN -> "bad_token";
            case FORBIDDEN -> "forbidden";
            default -> "try_later";
        };
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
