package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.JoinResult;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import java.util.List;

/**
 * The one swap of a pipeline: from HTTP to a session. Afterwards the session is the only handler, behind TLS where there
 * is that, and nothing of the request is referenced any more.
 */
public final class SessionSwap {
    /** Writable exactly when nothing is pending, which is all that a session needs to know. */
    private static final WriteBufferWaterMark NOTHING_PENDING = new WriteBufferWaterMark(1, 1);

    private final String httpCodec;
    private final List<String> httpHandlers;

    /**
     * @param httpCodec the name of the HTTP codec in the pipeline
     * @param httpHandlers the names of the other handlers that end with HTTP
     */
    public SessionSwap(String httpCodec, List<String> httpHandlers) {
        this.httpCodec = httpCodec;
        this.httpHandlers = List.copyOf(httpHandlers);
    }

    /**
     * Swaps and answers. Called while the HTTP codec delivers the request.
     *
     * @param response what answers the request, up to where the session's own bytes begin; ownership is taken
     * @param session reads the bytes that the client sends from now on
     * @param asked what the client wants, and what it was let in with
     */
    public void swap(ChannelHandlerContext ctx, ByteBuf response, Session session, StreamRequest asked) {
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.addLast("session", session);
        httpHandlers.forEach(pipeline::remove);
        // All before the response: whoever has seen it misses no event from then on. No event can overtake it either,
        // since the session sends none before the loop's next task, and finds its socket busy until the response is
        // out.
        ctx.channel().config().setWriteBufferWaterMark(NOTHING_PENDING);
        JoinResult start = session.enter(pipeline.context(session), asked.selection(), asked.grant());
        ChannelHandlerContext codecContext = pipeline.context(httpCodec);
        codecContext.writeAndFlush(response, codecContext.voidPromise());
        if (start != null) {
            session.welcome(codecContext, start);
        }
        removeCodec(pipeline);
    }

    /**
     * Answers, and lets no session begin.
     *
     * @param response all that there is to say; ownership is taken
     * @param last reads what the client still says
     */
    public void turnAway(ChannelHandlerContext ctx, ByteBuf response, ChannelHandler last) {
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.addLast("last", last);
        httpHandlers.forEach(pipeline::remove);
        ChannelHandlerContext codecContext = pipeline.context(httpCodec);
        codecContext.writeAndFlush(response, codecContext.voidPromise());
        removeCodec(pipeline);
    }

    private void removeCodec(ChannelPipeline pipeline) {
        // The codec hands what it has read beyond the request to the next handler, as it is removed: answers to that
        // come after the response.
        ChannelHandler codec = pipeline.remove(httpCodec);
        assert codec != null;
    }
}
