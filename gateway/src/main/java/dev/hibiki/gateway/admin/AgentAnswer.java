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
 * Says one line to each connection, without being asked, as HAProxy's agent-check wants it. Shared by all connections; on
 * the admin loop. It leaves the end to the peer: a socket that is closed with bytes unread is reset, and the line may be
 * lost.
 */
@ChannelHandler.Sharable
public final class AgentAnswer extends ChannelInboundHandlerAdapter {
    private static final int LINGER_MS = 5_000;

    private final Supplier<String> line;

    /** @param line what to say, ASCII, without the line feed */
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
        ReferenceCountUtil.release(message); // What agent-send sends.
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // The peer is gone.
    }
}
