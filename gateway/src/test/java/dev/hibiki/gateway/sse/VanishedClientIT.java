package dev.hibiki.gateway.sse;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.runtime.TransportChoice;
import dev.hibiki.gateway.support.BlackHole;
import dev.hibiki.gateway.support.RawClient;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client of Server-Sent Events that vanished without a word is found by what its kernel does not acknowledge. */
final class VanishedClientIT {
    private static final String STREAM = "GET /sse HTTP/1.1\nHost: localhost\n\n";
    private static final int INTERVAL_MS = 500;

    /** Counts the heartbeats that a client has read. */
    private static final class Heartbeats extends SimpleChannelInboundHandler<ByteBuf> {
        private final AtomicInteger count;

        Heartbeats(AtomicInteger count) {
            this.count = count;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            if (bytes.toString(StandardCharsets.UTF_8).endsWith(":\n\n")) {
                count.incrementAndGet();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Transport.class,
            names = {"IO_URING", "EPOLL"})
    void shouldFindTheClientThatIsGoneAndKeepThoseThatAreQuiet(Transport transport) throws Exception {
        assumeTrue(transport.unavailability() == null, () -> String.valueOf(transport.unavailability()));
        assertThat(Epoll.isAvailable()).isTrue();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        AtomicInteger beats = new AtomicInteger();
        try (RunningGateway gateway = RunningGateway.start(
                        "--transport",
                        TransportChoice.valueOf(transport.name()).optionName(),
                        "--ping-interval-ms",
                        "" + INTERVAL_MS);
                RawClient paused = new RawClient(gateway)) {
            paused.send(STREAM); // It reads nothing at all.
            EpollSocketChannel vanishing = connect(group, gateway, new AtomicInteger());
            EpollSocketChannel well = connect(group, gateway, beats);
            gateway.awaitConnections(3);

            BlackHole.swallow(vanishing);
            gateway.awaitMetric("hibiki_closes_total{reason=\"dead\"}", 1);

            int before = beats.get();
            eventually().until(() -> beats.get() > before + 2);
            assertThat(well.isActive()).isTrue();
            assertThat(gateway.connections()).isEqualTo(2);
            assertThat(paused.read()).startsWith("HTTP/1.1 200");
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static EpollSocketChannel connect(EventLoopGroup group, RunningGateway gateway, AtomicInteger beats) {
        Channel channel = new Bootstrap()
                .group(group)
                .channel(EpollSocketChannel.class)
                .handler(new ChannelInitializer<EpollSocketChannel>() {
                    @Override
                    protected void initChannel(EpollSocketChannel socket) {
                        socket.pipeline().addLast(new Heartbeats(beats));
                    }
                })
                .connect("127.0.0.1", gateway.gateway().clientPort())
                .syncUninterruptibly()
                .channel();
        channel.writeAndFlush(Unpooled.copiedBuffer(STREAM.replace("\n", "\r\n"), StandardCharsets.US_ASCII));
        return (EpollSocketChannel) channel;
    }
}
