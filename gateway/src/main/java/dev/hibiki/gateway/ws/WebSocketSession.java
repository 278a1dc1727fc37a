package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.DeflatedFormat;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A client over WebSocket (RFC 6455). Confined to its event loop.
 *
 * <p>{@link FrameReader} decodes the frames of the client. Events are sent as the bytes of the logs; control frames are
 * written here. A subclass for a {@link Subprotocol} adds messages.
 */
public class WebSocketSession extends Session {
    private static final ByteBuf PING = shared(WebSocketFormat::writePing);
    private static final int RSV1_ONLY = 0b100;

    private final WireFormat format;
    /** Null while the session has no part of a frame or message, and no pong waits. */
    private @Nullable FrameReader reader;

    /** @param format of the events that are sent to this client */
    protected WebSocketSession(SessionLoop loop, ClientProfile profile, WireFormat format) {
        super(loop, profile);
        this.format = format;
    }

    @Override
    protected WireFormat wireFormat() {
        return format;
    }

    @Override
    protected String kind() {
        return "ws";
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
    public void channelRead(ChannelHandlerContext ctx, Object bytes) throws Exception {
        FrameReader reading = reader;
        if (reading == null) {
            reading = FrameReader.borrow(format instanceof DeflatedFormat, maxMessageBytes());
            reader = reading;
        }
        reading.read(ctx, bytes, this);
        giveBackReader();
    }

    private void giveBackReader() {
        if (reader != null && reader.giveBack()) {
            reader = null;
        }
    }

    /** Called by the reader. The frame is borrowed. */
    void onFrame(ChannelHandlerContext ctx, WebSocketFrame frame, FrameReader reading) {
        markAlive();
        boolean text = frame instanceof TextWebSocketFrame;
        boolean begins = text || frame instanceof BinaryWebSocketFrame;
        // With an extension the decoder lets reserved bits pass. A compressed message has RSV1 in its first frame.
        if (frame.rsv() != 0 && !(begins && frame.rsv() == RSV1_ONLY)) {
            throw corrupt(WebSocketCloseStatus.PROTOCOL_ERROR, "reserved bits " + frame.rsv());
        }
        if (frame instanceof CloseWebSocketFrame close) {
            onClose(ctx, close); // Without a look at the message rate: no message follows.
        } else if (endIfTooManyMessages()) {
            return;
        } else if (frame instanceof PingWebSocketFrame ping) {
            onPing(ctx, ping.content(), reading);
        } else if (isOpen() && (begins || frame instanceof ContinuationWebSocketFrame)) {
            onData(ctx, frame, text, reading);
        }
    }

    private void onData(ChannelHandlerContext ctx, WebSocketFrame frame, boolean text, FrameReader reading) {
        boolean deflated = frame.rsv() != 0;
        PartialMessage begun = reading.partial;
        if (begun == null && frame.isFinalFragment()) {
            onWhole(ctx, frame.content(), text, deflated);
            return;
        }
        if (begun == null) {
            begun = new PartialMessage(ctx.alloc(), text, deflated);
            reading.partial = begun;
        }
        if (!begun.append(frame.content(), maxMessageBytes())) {
            throw corrupt(WebSocketCloseStatus.MESSAGE_TOO_BIG, "more than " + maxMessageBytes() + " bytes");
        }
        if (frame.isFinalFragment()) {
            reading.partial = null;
            try {
                onWhole(ctx, begun.payload(), begun.text, begun.deflated);
            } finally {
                begun.release();
            }
        }
    }

    private void onWhole(ChannelHandlerContext ctx, ByteBuf payload, boolean text, boolean deflated) {
        ByteBuf message =
                deflated ? MessageInflater.ofThisLoop(maxMessageBytes()).inflate(payload) : payload;
        if (!text) {
            return; // Binary messages are dropped.
        }
        if (!ByteBufUtil.isText(message, StandardCharsets.UTF_8)) {
            throw corrupt(WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "not UTF-8");
        }
        onMessage(ctx, message);
    }

    /** {@link #exceptionCaught} ends the session, as it does for errors of the decoder. */
    private static CorruptedWebSocketFrameException corrupt(WebSocketCloseStatus status, String what) {
        return new CorruptedWebSocketFrameException(status, what);
    }

    /**
     * Called for a whole text message of the client. The default drops it.
     *
     * @param payload valid UTF-8, inflated; borrowed
     */
    protected void onMessage(ChannelHandlerContext ctx, ByteBuf payload) {}

    private void onPing(ChannelHandlerContext ctx, ByteBuf payload, FrameReader reading) {
        ByteBuf pong = ctx.alloc().directBuffer(2 + WebSocketFormat.MAX_CONTROL_BYTES);
        WebSocketFormat.writePong(payload, pong);
        if (isIdle()) {
            ctx.writeAndFlush(pong, ctx.voidPromise());
        } else {
            reading.keepPong(pong); // At most one answer waits, however many pings come while the socket is busy.
        }
    }

    @Override
    protected void onIdle(ChannelHandlerContext ctx) {
        FrameReader reading = reader;
        ByteBuf pong = reading == null ? null : reading.takePong();
        if (pong != null) {
            ctx.writeAndFlush(pong, ctx.voidPromise());
            giveBackReader();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        FrameReader reading = reader;
        if (reading != null) {
            reader = null;
            reading.close(ctx, this);
        }
        super.channelInactive(ctx);
    }

    private void onClose(ChannelHandlerContext ctx, CloseWebSocketFrame close) {
        if (!isOpen()) {
            closeNow(ctx); // The answer to our own close frame.
            return;
        }
        int code = close.statusCode();
        leave("client", "client", Math.max(0, code));
        writeFinalClose(ctx, code < 0 ? CloseCode.NORMAL.code() : code, "");
    }

    private void writeFinalClose(ChannelHandlerContext ctx, int code, String reason) {
        afterSend(() -> writeClose(ctx, code, reason).addListener(ChannelFutureListener.CLOSE));
        resetAfterLinger(ctx);
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

    /** After a corrupt frame nothing can be read, so the session does not wait for an answer to its close frame. */
    private void onCorruptFrame(ChannelHandlerContext ctx, CloseCode code) {
        if (isOpen()) {
            if (code == CloseCode.TOO_BIG) {
                countRefusal(Refusal.MESSAGE_BYTES);
            }
            leave(code);
            writeFinalClose(ctx, code.code(), code.reason());
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
