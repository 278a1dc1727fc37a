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
 * Netty's frame decoder, lent to a session while the session is in the middle of something: a frame, a message, an answer
 * that it owes. Confined to its event loop.
 *
 * <p>A client is silent nearly always, and what it says nearly always arrives whole. A decoder of its own in every
 * pipeline would be a tenth of what an idle connection costs; so a loop has one to spare, and a session keeps it only when
 * it knows something that the next bytes depend on. It is no handler of a pipeline: the session calls it.
 */
final class FrameReader extends WebSocket13FrameDecoder {
    private static final FastThreadLocal<@Nullable FrameReader> PLAIN_SPARE = new FastThreadLocal<>();
    private static final FastThreadLocal<@Nullable FrameReader> EXTENDED_SPARE = new FastThreadLocal<>();

    private final FastThreadLocal<@Nullable FrameReader> spare;
    private final int maxFrameBytes;

    /** Whom this reads for at the moment. */
    private @Nullable WebSocketSession session;

    private boolean betweenFrames = true;
    private boolean withinMessage;
    private boolean sawClose;
    /** The answer to the client's last ping, while the socket is busy. */
    private @Nullable ByteBuf owedPong;
    /** What has come of a message in several frames; null between messages. */
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
     * @param extended lets reserved bits pass, where an extension is agreed on
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

    /** Takes this back if it is done with. @return false when its session must keep it */
    boolean giveBack() {
        boolean done = session == null
                && betweenFrames
                && !withinMessage
                && !sawClose
                && owedPong == null
                && partial == null
                && actualReadableBytes() == 0;
        if (done) {
            spare.set(this);
        }
        return done;
    }

    /** Hands the session each frame that these bytes complete; they are released. */
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
        betweenFrames = false; // In case that it throws: then there is no way back to the beginning of a frame.
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

    /** Keeps the answer to the client's last ping, which is released or {@link #takePong taken}. Takes ownership. */
    void owe(ByteBuf pong) {
        releasePong();
        owedPong = pong;
    }

    /** What is owed, if anything, to be released by the caller. */
    @Nullable ByteBuf takePong() {
        ByteBuf pong = owedPong;
        owedPong = null;
        return pong;
    }

    /** Only the most recent ping needs an answer (section 5.5.3). */
    void releasePong() {
        ByteBuf pong = takePong();
        if (pong != null) {
            pong.release();
        }
    }

    /** The connection is gone: releases what is held. */
    void close(ChannelHandlerContext ctx, WebSocketSession closing) throws Exception {
        session = closing; // For a frame that the end completes.
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
