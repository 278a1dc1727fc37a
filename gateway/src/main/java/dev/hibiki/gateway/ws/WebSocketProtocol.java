package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.session.CloseReason;
import dev.hibiki.gateway.session.Protocol;
import dev.hibiki.gateway.session.Session;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * WebSocket (RFC 6455). Stateless; see {@link Protocol}.
 *
 * <p>{@link FrameReader} decodes the frames of a client, and is what a session remembers between two reads. Events are sent
 * as the bytes of the logs; control frames are written here. A subclass for a {@link Subprotocol} adds messages. It must not set
 * a {@link Session#protocolState} of its own.
 */
public class WebSocketProtocol extends Protocol {
    private static final ByteBuf PING = shared(WebSocketFormat::writePing);
    private static final int RSV1_ONLY = 0b100;
    /** The ends after which nothing that the client sends can be read. */
    private static final Set<Integer> CORRUPT =
            Set.of(CloseCode.PROTOCOL_ERROR.code(), CloseCode.INVALID_PAYLOAD.code(), CloseCode.TOO_BIG.code());

    /** See {@link Protocol#Protocol}. */
    protected WebSocketProtocol(String kind, WireFormat format, boolean readsNotices) {
        super(kind, format, readsNotices);
    }

    /** What a client gets without a subprotocol: events and control frames, nothing else. */
    static WebSocketProtocol plain(WireFormat format) {
        return new WebSocketProtocol("ws", format, false);
    }

    private static int maxMessageBytes(Session session) {
        return session.loop.settings().limits().maxMessageBytes();
    }

    static @Nullable FrameReader reader(Session session) {
        return (FrameReader) session.protocolState();
    }

    @Override
    protected void writePing(Session session) {
        session.context().write(PING.duplicate(), session.context().voidPromise());
    }

    @Override
    protected void read(Session session, ByteBuf bytes) throws Exception {
        FrameReader reading = reader(session);
        if (reading == null) {
            reading = FrameReader.borrow(format() instanceof DeflatedFormat, maxMessageBytes(session));
            session.protocolState(reading);
        }
        reading.read(session, this, bytes);
        giveBackReader(session);
    }

    private static void giveBackReader(Session session) {
        FrameReader reading = reader(session);
        if (reading != null && reading.giveBack()) {
            session.protocolState(null);
        }
    }

    /** Called by the reader. The frame is borrowed. */
    void onFrame(Session session, WebSocketFrame frame, FrameReader reading) {
        session.markAlive();
        boolean text = frame instanceof TextWebSocketFrame;
        boolean begins = text || frame instanceof BinaryWebSocketFrame;
        // With an extension the decoder lets reserved bits pass. A compressed message has RSV1 in its first frame.
        if (frame.rsv() != 0 && !(begins && frame.rsv() == RSV1_ONLY)) {
            throw corrupt(WebSocketCloseStatus.PROTOCOL_ERROR, "reserved bits " + frame.rsv());
        }
        if (frame instanceof CloseWebSocketFrame close) {
            onClose(session, close); // Without a look at the message rate: no message follows.
        } else if (session.loop.closeIfTooManyMessages(session)) {
            return;
        } else if (frame instanceof PingWebSocketFrame ping) {
            onPing(session, ping.content(), reading);
        } else if (session.isOpen() && (begins || frame instanceof ContinuationWebSocketFrame)) {
            onData(session, frame, text, reading);
        }
    }

    private void onData(Session session, WebSocketFrame frame, boolean text, FrameReader reading) {
        boolean deflated = frame.rsv() != 0;
        PartialMessage begun = reading.partial;
        if (begun == null && frame.isFinalFragment()) {
            onWhole(session, frame.content(), text, deflated);
            return;
        }
        if (begun == null) {
            begun = new PartialMessage(session.context().alloc(), text, deflated);
            reading.partial = begun;
        }
        if (!begun.append(frame.content(), maxMessageBytes(session))) {
            throw corrupt(WebSocketCloseStatus.MESSAGE_TOO_BIG, "more than " + maxMessageBytes(session) + " bytes");
        }
        if (frame.isFinalFragment()) {
            reading.partial = null;
            try {
                onWhole(session, begun.payload(), begun.text, begun.deflated);
            } finally {
                begun.release();
            }
        }
    }

    private void onWhole(Session session, ByteBuf payload, boolean text, boolean deflated) {
        ByteBuf message =
                deflated ? MessageInflater.ofThisLoop(maxMessageBytes(session)).inflate(payload) : payload;
        if (!text) {
            return; // Binary messages are dropped.
        }
        if (!ByteBufUtil.isText(message, StandardCharsets.UTF_8)) {
            throw corrupt(WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "not UTF-8");
        }
        onMessage(session, message);
    }

    /** {@link #onError} ends the session, as it does for errors of the decoder. */
    private static CorruptedWebSocketFrameException corrupt(WebSocketCloseStatus status, String what) {
        return new CorruptedWebSocketFrameException(status, what);
    }

    /**
     * Called for a whole text message of an open session. The default drops it.
     *
     * @param payload valid UTF-8, inflated; borrowed
     */
    protected void onMessage(Session session, ByteBuf payload) {}

    private static void onPing(Session session, ByteBuf payload, FrameReader reading) {
        if (!session.isOpen()) {
            return; // Nothing may follow our close frame.
        }
        ChannelHandlerContext ctx = session.context();
        ByteBuf pong = ctx.alloc().directBuffer(2 + WebSocketFormat.MAX_CONTROL_BYTES);
        WebSocketFormat.writePong(payload, pong);
        if (session.isIdle()) {
            ctx.writeAndFlush(pong, ctx.voidPromise());
        } else {
            reading.keepPong(pong); // At most one answer waits, however many pings come while the socket is busy.
        }
    }

    @Override
    protected void onIdle(Session session) {
        FrameReader reading = reader(session);
        ByteBuf waiting = reading == null ? null : reading.takeWaiting();
        if (waiting != null) {
            session.context().writeAndFlush(waiting, session.context().voidPromise());
            giveBackReader(session);
        }
    }

    @Override
    protected void onClosed(Session session) throws Exception {
        FrameReader reading = reader(session);
        if (reading != null) {
            reading.close(session, this);
        }
    }

    private static void onClose(Session session, CloseWebSocketFrame close) {
        if (session.isOpen()) {
            session.close(CloseReason.byClient(Math.max(0, close.statusCode())));
        } else {
            session.disconnect(); // The answer to our own close frame.
        }
    }

    /**
     * A close frame. The client answers the gateway's with one of its own (section 5.5.1), on which the connection is
     * closed. The gateway does not wait for that after the client's own close frame, or when it could not read it.
     */
    @Override
    protected void writeEnd(Session session, CloseReason reason) {
        ChannelHandlerContext ctx = session.context();
        ByteBuf frame = ctx.alloc().directBuffer(2 + WebSocketFormat.MAX_CONTROL_BYTES);
        int code = reason.code() == 0 ? CloseCode.NORMAL.code() : reason.code();
        WebSocketFormat.writeClose(code, reason.isByClient() ? "" : reason.text(), frame);
        ChannelFuture written = ctx.writeAndFlush(frame);
        if (reason.isByClient() || CORRUPT.contains(code)) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    protected boolean onError(Session session, Throwable cause) {
        Throwable root = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        if (!(root instanceof CorruptedWebSocketFrameException corrupted)) {
            return false;
        }
        if (!session.isOpen()) {
            session.disconnect();
            return true;
        }
        CloseCode code = closeCode(corrupted);
        if (code == CloseCode.TOO_BIG) {
            session.loop.countRefusal(Refusal.MESSAGE_BYTES);
            String expected = "at most " + maxMessageBytes(session) + " bytes";
            session.close(CloseReason.of(code, expected, Refusal.MESSAGE_BYTES.option()));
        } else {
            session.close(CloseReason.of(code));
        }
        return true;
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
