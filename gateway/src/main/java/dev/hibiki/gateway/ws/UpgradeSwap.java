package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.util.List;

/**
 * The one swap of a pipeline: from HTTP to a session. Afterwards two handlers are left, the frame decoder and the
 * session, and nothing of the handshake is referenced any more.
 */
public final class UpgradeSwap {
    /** Clients have little to say: pongs, closes, and in time small control messages. */
    private static final int MAX_INBOUND_FRAME_BYTES = 4096;
    /** Writable exactly when nothing is pending, which is all that a session needs to know. */
    private static final WriteBufferWaterMark NOTHING_PENDING = new WriteBufferWaterMark(1, 1);

    private static final WebSocketDecoderConfig DECODER = WebSocketDecoderConfig.newBuilder()
            .expectMaskedFrames(true)
            .allowMaskMismatch(false)
            .allowExtensions(false)
            .maxFramePayloadLength(MAX_INBOUND_FRAME_BYTES)
            .closeOnProtocolViolation(false)
            .build();

    private final String httpCodec;
    private final List<String> httpHandlers;

    /**
     * @param httpCodec the name of the HTTP codec in the pipeline
     * @param httpHandlers the names of the other handlers that end with HTTP
     */
    public UpgradeSwap(String httpCodec, List<String> httpHandlers) {
        this.httpCodec = httpCodec;
        this.httpHandlers = List.copyOf(httpHandlers);
    }

    /**
     * Swaps and answers. Called while the HTTP codec delivers the request.
     *
     * @param response the complete response to the upgrade request; ownership is taken
     */
    void upgrade(ChannelHandlerContext ctx, ByteBuf response, Session session) {
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.addAfter(httpCodec, "frames", new WebSocket13FrameDecoder(DECODER));
        pipeline.addLast("session", session);
        httpHandlers.forEach(pipeline::remove);
        // All before the response: whoever has seen it misses no event from then on. No event can overtake it either,
        // since the session sends none before the loop's next task, and finds its socket busy until the response is
        // out.
        ctx.channel().config().setWriteBufferWaterMark(NOTHING_PENDING);
        session.enter(pipeline.context(session));
        ChannelHandlerContext codecContext = pipeline.context(httpCodec);
        codecContext.writeAndFlush(response, codecContext.voidPromise());
        session.welcome(codecContext);
        // The codec hands what it has read beyond the request to the frame decoder, as it is removed: answers to that
        // come after the response.
        ChannelHandler codec = pipeline.remove(httpCodec);
        assert codec != null;
    }
}
