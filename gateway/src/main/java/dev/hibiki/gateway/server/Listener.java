package dev.hibiki.gateway.server;

import dev.hibiki.gateway.config.GatewayConfig;
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
import org.jspecify.annotations.Nullable;

/** A port. Started and closed by one thread; the port may be asked for by any after the start. */
public final class Listener implements AutoCloseable {
    /** As many as the kernel's somaxconn allows: all clients of a gateway that was restarted come at once. */
    private static final int BACKLOG = 65_535;

    /** A loop that is stuck must not keep the gateway from ending. */
    private static final int CLOSE_TIMEOUT_MS = 1_000;

    private final InetSocketAddress address;
    private final ServerBootstrap bootstrap;
    private @Nullable Channel channel;

    /**
     * Opens nothing yet.
     *
     * @param group whose loops accept connections and serve them
     * @param handler the initializer, or a sharable handler, of each connection
     */
    public Listener(
            GatewayConfig.Listen address,
            EventLoopGroup group,
            Transport transport,
            ByteBufAllocator allocator,
            ChannelHandler handler) {
        this.address = new InetSocketAddress(address.host(), address.port());
        this.bootstrap = bootstrap(group, transport, allocator, handler).option(ChannelOption.SO_BACKLOG, BACKLOG);
    }

    /** @throws IOException that names the address when it cannot be had */
    public void start() throws IOException {
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            throw new IOException(
                    "cannot listen on " + address.getHostString() + ':' + address.getPort() + ": "
                            + (cause == null ? "" : cause.getMessage()),
                    cause);
        }
        channel = bound.channel();
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

    /** Where it listens; -1 while it does not. */
    public int port() {
        return channel == null ? -1 : ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** Takes no more connections; those that are open stay. */
    @Override
    public void close() {
        if (channel != null) {
            channel.close().awaitUninterruptibly(CLOSE_TIMEOUT_MS);
        }
    }
}
