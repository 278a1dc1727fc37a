package dev.hibiki.gateway.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.runtime.EventLoops;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.server.Listener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopbackTest {
    private final EventLoops loops = new EventLoops(Transport.NIO, 2);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    @AfterEach
    void close() {
        loops.close();
    }

    /** Sends a greeting and keeps its channel. */
    private static final class Greeter extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<Channel> channel = new CompletableFuture<>();

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII));
            channel.complete(ctx.channel());
        }
    }

    private static final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
        private final AtomicReference<String> heard = new AtomicReference<>("");

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            heard.accumulateAndGet(bytes.toString(StandardCharsets.US_ASCII), String::concat);
        }
    }

    private Loopback loopback(int loop) {
        return new Loopback(loops.clientLoops().get(loop), Transport.NIO, PooledByteBufAllocator.DEFAULT);
    }

    @Test
    void shouldConnectToTheGivenLoopAndLeaveNoPortOpen() throws Exception {
        Greeter served = new Greeter();
        Reader reader = new Reader();
        Channel near = loopback(1).connect(served, loops.admin().next(), reader, failure::set);
        Channel far = served.channel.get(10, TimeUnit.SECONDS);
        await().until(() -> "hello".equals(reader.heard.get()));

        assertThat(far.eventLoop()).isSameAs(loops.clientLoops().get(1));
        assertThat(far.remoteAddress()).isEqualTo(near.localAddress());
        Channel port = far.parent();
        int number = ((InetSocketAddress) far.localAddress()).getPort();
        await().until(() -> !port.isOpen());
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), number).close())
                .isInstanceOf(ConnectException.class);
        near.close();
        await().until(() -> !far.isOpen());
        assertThat(failure).hasNullValue();
    }

    @Test
    void shouldAcceptOnlyItsOwnPeer() throws IOException {
        Greeter served = new Greeter();
        Channel port = Listener.bootstrap(
                        loops.clients(),
                        Transport.NIO,
                        PooledByteBufAllocator.DEFAULT,
                        new Loopback.OnlyPeer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), served))
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        try (Socket stranger =
                new Socket(InetAddress.getLoopbackAddress(), ((InetSocketAddress) port.localAddress()).getPort())) {
            stranger.setSoTimeout(10_000);
            assertThat(stranger.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(served.channel).isNotDone();
        assertThat(port.isOpen()).isTrue();
    }

    @Test
    void shouldSayWhyItCannotConnect() {
        Greeter served = new Greeter();
        EventLoop reader = loops.admin().next();
        // Close on the loop that would take the next step, so that it takes none before.
        reader.submit(() -> loopback(0)
                        .connect(served, reader, new Reader(), failure::set)
                        .close())
                .syncUninterruptibly();

        await().until(() -> failure.get() instanceof ClosedChannelException);
        assertThat(served.channel).isNotDone();
    }
}
