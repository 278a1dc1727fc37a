package dev.hibiki.gateway.session.http;

import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.session.Protocol;
import dev.hibiki.gateway.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import java.util.List;

/**
 * Replaces the HTTP handlers of a pipeline by a session. Stateless; called on the channel's event loop. Afterwards the
 * session is the only handler, apart from TLS, and nothing refers to the request any more.
 */
public final class SessionSwap {
    /** With this mark a channel is writable exactly when nothing is pending. */
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
     * Starts the session and answers the request. Called while the HTTP codec delivers the request. When the session cannot
     * enter, this throws, and the pipeline is as before.
     *
     * @param response the response, up to the session's own bytes; takes ownership
     * @param session reads the bytes that the client sends from now on
     * @param asked the selection and the grant of the client
     */
    public void swap(ChannelHandlerContext ctx, ByteBuf response, Session session, StreamRequest asked) {
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.addLast("session", session);
        // The session starts before the response is written, so that a client that has seen the response misses no
        // event. No event can overtake the response: the session sends nothing before the loop's next task, and its
        // socket is busy until the response is out.
        ctx.channel().config().setWriteBufferWaterMark(NOTHING_PENDING);
        JoinResult start;
        try {
            start = session.enter(asked.selection(), asked.grant());
        } catch (RuntimeException | Error e) {
            response.release();
            pipeline.remove(session);
            throw e;
        }
        httpHandlers.forEach(pipeline::remove);
        ChannelHandlerContext codecContext = pipeline.context(httpCodec);
        codecContext.writeAndFlush(response, codecContext.voidPromise());
        if (start != null) {
            Protocol.greet(session, codecContext, start);
        }
        removeCodec(pipeline);
    }

    /**
     * Answers the request and starts no session.
     *
     * @param response all bytes of the answer; takes ownership
     * @param last the handler for bytes that the client still sends
     */
    public void refuseSession(ChannelHandlerContext ctx, ByteBuf response, ChannelHandler last) {
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.addLast("last", last);
        httpHandlers.forEach(pipeline::remove);
        ChannelHandlerContext codecContext = pipeline.context(httpCodec);
        codecContext.writeAndFlush(response, codecContext.voidPromise());
        removeCodec(pipeline);
    }

    private void removeCodec(ChannelPipeline pipeline) {
        // Removing the codec passes the bytes that it has read beyond the request to the next handler. The response is
        // already written, so that answers to those bytes follow it.
        ChannelHandler codec = pipeline.remove(httpCodec);
        assert codec != null;
    }
}
