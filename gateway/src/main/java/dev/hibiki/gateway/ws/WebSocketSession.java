package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.frame.WebSocketFormat;
import dev.hibiki.gateway.session.CloseCode;
import dev.hibiki.gateway.session.RegionLabels;
import dev.hibiki.gateway.session.Selection;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.SessionLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client over WebSocket (RFC 6455). Confined to its event loop.
 *
 * <p>Frames come in decoded by Netty's codec; frames go out as the bytes of the logs, or as the few control frames
 * written here.
 */
class WebSocketSession extends Session {
    private static final ByteBuf PING = shared(WebSocketFormat::writePing);

    /** The pong that the last ping is owed; kept while the socket is busy, so that pings cannot pile up answers. */
    private @Nullable ByteBuf owedPong;

    WebSocketSession(SessionLoop loop, RegionLabels.Label region, Selection selection) {
        super(loop, region, selection);
    }

    private static ByteBuf shared(Consumer<ByteBuf> writer) {
        ByteBuf buffer = Unpooled.directBuffer(2);
        writer.accept(buffer);
        return Unpooled.unreleasableBuffer(buffer.asReadOnly());
    }

    @Override
    protected void writePing(ChannelHandlerContext ctx) {
        ctx.write(PING.duplicate(), ctx.voidPromise());
    }

    @Override
    protected void writeEnd(ChannelHandlerContext ctx, CloseCode code) {
        // The client answers with a close frame of its own (section 5.5.1), on which the connection is closed.
        writeClose(ctx, code.code(), code.reason());
    }

    private static ChannelFuture writeClose(ChannelHandlerContext ctx, int code, String reason) {
        ByteBuf frame = ctx.alloc().directBuffer(2 + WebSocketFormat.MAX_CONTROL_BYTES);
        WebSocketFormat.writeClose(code, reason, frame);
        return ctx.writeAndFlush(frame);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            seen();
            if (message instanceof PingWebSocketFrame ping) {
                onPing(ctx, ping.content());
            } else if (message instanceof TextWebSocketFrame text && text.isFinalFragment()) {
                onMessage(ctx, text.content());
            } else if (message instanceof CloseWebSocketFrame close) {
                onClose(ctx, close);
            } else if (!(message instanceof WebSocketFrame)) {
                throw new IllegalStateException("not a frame: " + message);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /** A whole message of the client, which is dropped: without a subprotocol there is nothing to say. Borrowed. */
    protected void onMessage(ChannelHandlerContext ctx, ByteBuf payload) {}

    private void onPing(ChannelHandlerContext ctx, ByteBuf payload) {
        releaseOwedPong(); // Only the most recent ping needs an answer (section 5.5.3).
        ByteBuf pong = ctx.alloc().directBuffer(2 + WebSocketFormat.MAX_CONTROL_BYTES);
        WebSocketFormat.writePong(payload, pong);
        if (isIdle()) {
            ctx.writeAndFlush(pong, ctx.voidPromise());
        } else {
            owedPong = pong;
        }
    }

    private void releaseOwedPong() {
        if (owedPong != null) {
            owedPong.release();
            owedPong = null;
        }
    }

    @Override
    protected void onIdle(ChannelHandlerContext ctx) {
        ByteBuf pong = owedPong;
        if (pong != null) {
            owedPong = null;
            ctx.writeAndFlush(pong, ctx.voidPromise());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        releaseOwedPong();
        super.channelInactive(ctx);
    }

    private void onClose(ChannelHandlerContext ctx, CloseWebSocketFrame close) {
        if (!isOpen()) {
            closeNow(ctx); // The answer to our own close frame.
            return;
        }
        leave("client");
        int code = close.statusCode();
        writeLastWord(ctx, code < 0 ? CloseCode.NORMAL.code() : code, "");
    }

    private void writeLastWord(ChannelHandlerContext ctx, int code, String reason) {
        afterSending(() -> writeClose(ctx, code, reason).addListener(ChannelFutureListener.CLOSE));
        expectGone(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable root = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        if (root instanceof CorruptedWebSocketFrameException corrupted) {
            onCorruptFrame(ctx, closeCode(corrupted));
        } else {
            super.exceptionCaught(ctx, cause);
        }
    }

    /** The decoder has given up on this connection: no answer to our close frame will be understood. */
    private void onCorruptFrame(ChannelHandlerContext ctx, CloseCode code) {
        if (isOpen()) {
            leave(Integer.toString(code.code()));
            writeLastWord(ctx, code.code(), code.reason());
        } else {
            closeNow(ctx);
        }
    }

    private static CloseCode closeCode(CorruptedWebSocketFrameException cause) {
        WebSocketCloseStatus status = cause.closeStatus();
        if (status.equals(WebSocketCloseStatus.MESSAGE_TOO_BIG)) {
            return CloseCode.TOO_BIG;
        }
        return status.equals(WebSocketCloseStatus.INVALID_PAYLOAD_DATA)
                ? CloseCode.INVALID_PAYLOAD
                : CloseCode.PROTOCOL_ERROR;
    }
}
