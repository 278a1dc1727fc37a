package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.runtime.EventLoops;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.server.Listener;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says one line to whoever connects, without being asked, as HAProxy's agent-check wants it. On the admin loop. */
public final class AgentPort implements AutoCloseable {
    private final Listener listener;

    private AgentPort(Listener listener) {
        this.listener = listener;
    }

    /**
     * Opens the port.
     *
     * @param line what to say, ASCII, without the line feed
     * @return null when none is wanted
     * @throws IOException that names the address when it cannot be had
     */
    public static @Nullable AgentPort open(
            GatewayConfig config, EventLoops loops, ByteBufAllocator allocator, Supplier<String> line)
            throws IOException {
        Integer port = config.operations().agentPort();
        return port == null
                ? null
                : new AgentPort(Listener.open(
                        new InetSocketAddress(config.admin().host(), port),
                        loops.admin(),
                        Transport.NIO,
                        allocator,
                        new Answer(line)));
    }

    public int port() {
        return listener.port();
    }

    @Override
    public void close() {
        listener.close();
    }

    /** Leaves the end to the peer: a socket that is closed with bytes unread is reset, and the line may be lost. */
    @ChannelHandler.Sharable
    static final class Answer extends ChannelInboundHandlerAdapter {
        private static final int LINGER_MS = 5_000;

        private final Supplier<String> line;

        Answer(Supplier<String> line) {
            this.line = line;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            byte[] answer = (line.get().replaceAll("[\\r\\n]", " ") + '\n').getBytes(StandardCharsets.US_ASCII);
            ctx.writeAndFlush(ctx.alloc().buffer(answer.length).writeBytes(answer))
                    .addListener(written -> {
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
}
