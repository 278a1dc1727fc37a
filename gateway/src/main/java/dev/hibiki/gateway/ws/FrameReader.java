package dev.hibiki.gateway.ws;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Netty's frame decoder. A session borrows it to read, and keeps it only while it has state: a part of a frame or
 * message, or a pong that waits for the socket. Confined to its event loop.
 *
 * <p>Clients rarely send anything, and a frame nearly always arrives whole. A decoder in every pipeline would be a
 * tenth of the memory of an idle connection; so a loop has one spare decoder. It is no handler of a pipeline: the
 * session calls it.
 */
final class FrameReader extends WebSocket13FrameDecoder {
    private static final FastThreadLocal<@Nullable FrameReader> PLAIN_SPARE = new FastThreadLocal<>();
    private static final FastThreadLocal<@Nullable FrameReader> EXTENDED_SPARE = new FastThreadLocal<>();

    private final FastThreadLocal<@Nullable FrameReader> spare;
    private final int maxFrameBytes;

    /** The session that the current bytes belong to; null between reads. */
    private @Nullable WebSocketSession session;

    private boolean betweenFrames = true;
    private boolean withinMessage;
    private boolean sawClose;
    /** The answer to the client's last ping, which waits while the socket is busy. */
    private @Nullable ByteBuf pendingPong;
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
                && pendingPong == null
                && partial == null
                && actualReadableBytes() == 0;
        if (done) {
            spare.set(this);
        }
        return done;
    }

    /** Calls the session for each frame that these bytes complete. Takes ownership of the bytes. */
    void read(ChannelHandlerContext ctx, Object bytes, WebSocketSession reading) throws Exception {
        session = reading;
        try {
            channelRead(ctx, bytes);
        } finally {
            session = null;
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
        WebSocketSession reading = session;
        try {
            if (reading != null) {
                reading.onFrame(ctx, frame, this);
            }
        } catch (RuntimeException e) {
            reading.exceptionCaught(ctx, e);
        } finally {
            frame.release();
        }
    }

    private static boolean isData(WebSocketFrame frame) {
        return frame instanceof TextWebSocketFrame
                || frame instanceof BinaryWebSocketFrame
                || frame instanceof ContinuationWebSocketFrame;
    }

    /** Keeps the answer to the client's last ping until {@link #takePong}. Takes ownership. */
    void keepPong(ByteBuf pong) {
        releasePong();
        pendingPong = pong;
    }

    /** Returns the pong that waits, which the caller must release; null when there is none. */
    @Nullable ByteBuf takePong() {
        ByteBuf pong = pendingPong;
        pendingPong = null;
        return pong;
    }

    /** Drops the pong that waits: only the most recent ping needs an answer (section 5.5.3). */
    void releasePong() {
        ByteBuf pong = takePong();
        if (pong != null) {
            pong.release();
        }
    }

    /** The connection is closed: releases all buffers. */
    void close(ChannelHandlerContext ctx, WebSocketSession closing) throws Exception {
        session = closing; // The end of the bytes may complete a frame.
        try {
            channelInactive(ctx);
        } finally {
            session = null;
            releasePong();
            PartialMessage begun = partial;
            if (begun != null) {
                partial = null;
                begun.release();
            }
        }
    }
}
