package dev.hibiki.gateway.admin;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Sends one line to each new connection, as HAProxy's agent-check expects it. Confined to the admin loop, shared by all
 * connections. The peer closes the connection: when a socket is closed with unread bytes, it is reset, and the line may be
 * lost.
 */
@ChannelHandler.Sharable
public final class AgentAnswer extends ChannelInboundHandlerAdapter {
    private static final int LINGER_MS = 5_000;

    private final Supplier<String> line;

    /** @param line the line, in ASCII, without the line feed */
    public AgentAnswer(Supplier<String> line) {
        this.line = line;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        byte[] answer = (line.get().replaceAll("[\\r\\n]", " ") + '\n').getBytes(StandardCharsets.US_ASCII);
        ctx.writeAndFlush(ctx.alloc().buffer(answer.length).writeBytes(answer)).addListener(written -> {
            if (ctx.channel() instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            }
        });
        ctx.executor().schedule(() -> ctx.close(), LINGER_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message); // HAProxy's agent-send text, which is not used.
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // The peer is gone.
    }
}
