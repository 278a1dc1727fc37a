package dev.hibiki.gateway.server;

import dev.hibiki.gateway.runtime.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;

/** An open port. */
public final class Listener implements AutoCloseable {
    /** As many as the kernel's somaxconn allows: all clients of a gateway that was restarted come at once. */
    private static final int BACKLOG = 65_535;

    /** A loop that is stuck must not keep the gateway from ending. */
    private static final int CLOSE_TIMEOUT_MS = 1_000;

    private final Channel channel;

    private Listener(Channel channel) {
        this.channel = channel;
    }

    /** @throws IOException that names the address when it cannot be had */
    public static Listener open(
            InetSocketAddress address,
            EventLoopGroup group,
            Transport transport,
            ByteBufAllocator allocator,
            ChannelHandler initializer)
            throws IOException {
        ChannelFuture bound = bootstrap(group, transport, allocator, initializer)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            throw new IOException(
                    "cannot listen on " + address.getHostString() + ':' + address.getPort() + ": "
                            + (cause == null ? "" : cause.getMessage()),
                    cause);
        }
        return new Listener(bound.channel());
    }

    /** For a port whose connections are those of clients, or like them. */
    public static ServerBootstrap bootstrap(
            EventLoopGroup group, Transport transport, ByteBufAllocator allocator, ChannelHandler initializer) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childHandler(initializer);
        transport.configureClients(bootstrap);
        return bootstrap;
    }

    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly(CLOSE_TIMEOUT_MS);
    }
}
