package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.session.Protocol;
import dev.hibiki.gateway.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Netty's frame decoder. A session borrows it to read, and keeps it only while it has state: a part of a frame or
 * message, or answers that wait for the socket. Confined to its event loop.
 *
 * <p>Clients rarely send anything, and a frame nearly always arrives whole. A decoder in every pipeline would be a
 * tenth of the memory of an idle connection; so a loop has one spare decoder. It is no handler of a pipeline: the
 * protocol calls it.
 */
final class FrameReader extends WebSocket13FrameDecoder implements Protocol.State {
    private static final FastThreadLocal<@Nullable FrameReader> PLAIN_SPARE = new FastThreadLocal<>();
    private static final FastThreadLocal<@Nullable FrameReader> EXTENDED_SPARE = new FastThreadLocal<>();

    private final FastThreadLocal<@Nullable FrameReader> spare;
    private final int maxFrameBytes;

    /** The session that the current bytes belong to, and its protocol; null between reads. */
    private @Nullable Session session;

    private @Nullable WebSocketProtocol protocol;

    private boolean betweenFrames = true;
    private boolean withinMessage;
    private boolean sawClose;
    /** The answer to the client's last ping, while the socket is busy. */
    private @Nullable ByteBuf waitingPong;
    /** Frames that wait until the socket is idle; null when there are none. */
    private @Nullable ByteBuf waiting;
    /** The beginning of a message in several frames; null between messages. */
    @Nullable PartialMessage partial;

    private FrameReader(boolean extended, int maxFrameBytes) {
        super(WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(true)
                .allowMaskMismatch(false)
                .allowExtensions(extended)
                .maxFramePayloadLength(maxFrameBytes)
                .closeOnProtocolViolation(false)
                .build());
        this.spare = extended ? EXTENDED_SPARE : PLAIN_SPARE;
        this.maxFrameBytes = maxFrameBytes;
    }

    /**
     * @param extended true to let reserved bits pass, for a session with an extension
     * @param maxFrameBytes the same for all sessions of a loop
     */
    static FrameReader borrow(boolean extended, int maxFrameBytes) {
        FastThreadLocal<@Nullable FrameReader> spares = extended ? EXTENDED_SPARE : PLAIN_SPARE;
        FrameReader spare = spares.get();
        if (spare == null || spare.maxFrameBytes != maxFrameBytes) {
            return new FrameReader(extended, maxFrameBytes);
        }
        spares.set(null);
        return spare;
    }

    /** Makes this the spare of its loop, unless it has state. @return false when the session must keep it */
    boolean giveBack() {
        boolean done = session == null
                && betweenFrames
                && !withinMessage
                && !sawClose
                && waitingPong == null
                && waiting == null
                && partial == null
                && actualReadableBytes() == 0;
        if (done) {
            spare.set(this);
        }
        return done;
    }

    /** Calls the protocol for each frame that these bytes complete. Takes ownership of the bytes. */
    void read(Session reading, WebSocketProtocol of, ByteBuf bytes) throws Exception {
        session = reading;
        protocol = of;
        try {
            channelRead(reading.context(), bytes);
        } finally {
            session = null;
            protocol = null;
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        betweenFrames = false; // Also when the next line throws: then no later byte begins a frame.
        super.decode(ctx, in, out);
        if (out.isEmpty()) {
            return;
        }
        WebSocketFrame frame = (WebSocketFrame) out.remove(0);
        betweenFrames = true;
        if (frame instanceof CloseWebSocketFrame) {
            sawClose = true;
        } else if (isData(frame)) {
            withinMessage = !frame.isFinalFragment();
        }
        Session reading = Objects.requireNonNull(session);
        try {
            Objects.requireNonNull(protocol).onFrame(reading, frame, this);
        } catch (RuntimeException e) {
            reading.exceptionCaught(ctx, e);
        } finally {
            frame.release();
        }
    }

    /**
     * Checks the body of a close frame: a code that may be sent (section 7.4), and a reason that is UTF-8 to its end. The frame
     * decoder would accept codes over 4999 and a reason that ends within a character.
     */
    @Override
    protected void checkCloseFrameBody(ChannelHandlerContext ctx, ByteBuf body) {
        if (!body.isReadable()) {
            return;
        }
        int reasonBytes = body.readableBytes() - Short.BYTES;
        if (reasonBytes < 0 || !mayBeSent(body.getUnsignedShort(body.readerIndex()))) {
            throw new CorruptedWebSocketFrameException(WebSocketCloseStatus.PROTOCOL_ERROR, "close code");
        }
        if (!ByteBufUtil.isText(body, body.readerIndex() + Short.BYTES, reasonBytes, StandardCharsets.UTF_8)) {
            throw new CorruptedWebSocketFrameException(WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "close reason");
        }
    }

    /** True for the codes of RFC 6455 and of IANA's registry that a frame may hold, and those of libraries and applications. */
    private static boolean mayBeSent(int code) {
        return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    }

    private static boolean isData(WebSocketFrame frame) {
        return frame instanceof TextWebSocketFrame
                || frame instanceof BinaryWebSocketFrame
                || frame instanceof ContinuationWebSocketFrame;
    }

    /** Keeps the answer to the client's last ping: only the most recent ping needs one (section 5.5.3). Takes ownership. */
    void keepPong(ByteBuf pong) {
        if (waitingPong != null) {
            waitingPong.release();
        }
        waitingPong = pong;
    }

    /** Where to append frames that wait until the socket is idle. Borrowed. */
    ByteBuf waiting(ByteBufAllocator allocator) {
        if (waiting == null) {
            waiting = allocator.directBuffer();
        }
        return waiting;
    }

    /** The frames that wait, which the caller must release; null when there are none. */
    @Nullable ByteBuf takeWaiting() {
        ByteBuf pong = waitingPong;
        ByteBuf frames = waiting;
        waitingPong = null;
        waiting = null;
        return frames == null ? pong : pong == null ? frames : Unpooled.wrappedBuffer(frames, pong);
    }

    /** The connection is closed: releases all buffers. */
    void close(Session closing, WebSocketProtocol of) throws Exception {
        session = closing; // The end of the bytes may complete a frame.
        protocol = of;
        try {
            channelInactive(closing.context());
        } finally {
            session = null;
            protocol = null;
            ByteBuf frames = takeWaiting();
            if (frames != null) {
                frames.release();
            }
            PartialMessage begun = partial;
            if (begun != null) {
                partial = null;
                begun.release();
            }
        }
    }
}
