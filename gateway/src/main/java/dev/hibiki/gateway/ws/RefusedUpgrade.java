package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.frame.ControlMessages;
import dev.hibiki.gateway.frame.WebSocketFormat;
import dev.hibiki.gateway.http.SessionSwap;
import dev.hibiki.gateway.session.CloseCode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection that is refused, told where a browser can hear it: its script sees no status of a failed
 * handshake, and would come back for ever with a token that is no good. So the handshake is accepted, and an error and a
 * close code follow in the same write. Only for clients of {@code hibiki.v1}; others, which may be anything, get the
 * status. Confined to its event loop.
 */
final class RefusedUpgrade extends ChannelInboundHandlerAdapter {
    private static final int LINGER_MS = 3_000;
    private static final int MIN_RETRY_MS = 2_000;
    private static final int MAX_RETRY_MS = 10_000;

    private RefusedUpgrade() {}

    static void send(ChannelHandlerContext ctx, HttpRequest request, SessionSwap swap, CloseCode code, String message) {
        ByteBuf answer = ctx.alloc().directBuffer();
        ByteBuf accepted = Handshake.response(ctx.alloc(), request, ControlledSession.SUBPROTOCOL, null);
        answer.writeBytes(accepted);
        accepted.release();
        WebSocketFormat.writeText(ControlMessages.error(label(code), message), answer);
        if (code.mayReconnect()) {
            WebSocketFormat.writeText(ControlMessages.bye(code.code(), MIN_RETRY_MS, MAX_RETRY_MS), answer);
        }
        WebSocketFormat.writeClose(code.code(), code.reason(), answer);
        swap.end(ctx, answer, new RefusedUpgrade());
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

    /** Its answer to our close frame, or what it said before that came. */
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
