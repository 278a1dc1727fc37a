package dev.hibiki.gateway.server;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.runtime.FailureReason;
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

/** A listening port. Started and closed by one thread; after the start, any thread may call {@link #port}. */
public final class Listener implements AutoCloseable {
    /** As large as the kernel's somaxconn allows, since all clients return at once after a restart. */
    private static final int BACKLOG = 65_535;

    /** A stuck loop must not prevent the gateway from ending. */
    private static final int CLOSE_TIMEOUT_MS = 1_000;

    private final InetSocketAddress address;
    private final ServerBootstrap bootstrap;
    private final AcceptFailures failures;
    private @Nullable Channel channel;

    /**
     * Opens no port yet.
     *
     * @param group the loops that accept and serve connections
     * @param handler the initializer, or a sharable handler, of each connection
     * @param unacknowledgedMs as in {@link Transport#limitUnacknowledged}
     */
    public Listener(
            GatewayConfig.Listen address,
            EventLoopGroup group,
            Transport transport,
            ByteBufAllocator allocator,
            ChannelHandler handler,
            int unacknowledgedMs) {
        this.address = new InetSocketAddress(address.host(), address.port());
        this.failures = new AcceptFailures(address.host() + ':' + address.port());
        this.bootstrap = bootstrap(group, transport, allocator, handler)
                .handler(failures)
                .option(ChannelOption.SO_BACKLOG, BACKLOG);
        transport.limitUnacknowledged(bootstrap, unacknowledgedMs);
    }

    /** @throws IOException when the port cannot be opened; the message names the address */
    public void start() throws IOException {
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            throw new IOException(
                    "cannot listen on " + address.getHostString() + ':' + address.getPort() + ": "
                            + (cause == null ? "no reason is known" : FailureReason.of(cause)),
                    cause);
        }
        channel = bound.channel();
    }

    /** A bootstrap for connections with the socket options of clients. */
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

    /** The port number; -1 while it does not listen. */
    public int port() {
        return channel == null ? -1 : ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** Why connections cannot be accepted, such as too many open files; null when they can. Any thread. */
    public @Nullable String trouble() {
        return failures.trouble();
    }

    /** Accepts no more connections. Open connections stay open. */
    @Override
    public void close() {
        if (channel != null) {
            channel.close().awaitUninterruptibly(CLOSE_TIMEOUT_MS);
        }
    }
}
