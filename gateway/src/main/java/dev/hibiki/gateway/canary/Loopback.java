package dev.hibiki.gateway.canary;

import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.server.Listener;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Consumer;

/**
 * A TCP connection of the gateway with itself: one end is on a given client loop, accepted there and driven like every
 * client's; the other belongs to who wants to see what comes out. Any thread.
 *
 * <p>The public port would not do: which loop a connection gets there is not for its client to say, and TLS, tokens, limits
 * and proxies are in its way. So the loop listens on a port of its own, for the moment that it takes to connect, and lets
 * in nobody but that one peer, whose port is known before.
 */
public final class Loopback {
    private final EventLoop loop;
    private final Transport transport;
    private final ByteBufAllocator allocator;

    /** @param loop a client loop, and {@code transport} what drives its sockets */
    public Loopback(EventLoop loop, Transport transport, ByteBufAllocator allocator) {
        this.loop = loop;
        this.transport = transport;
        this.allocator = allocator;
    }

    /**
     * Connects. Returns at once; what comes of it the handlers see.
     *
     * @param served the handler of the end on the client loop
     * @param reader the loop of the other end, and {@code handler} its handler
     * @param failed told why it cannot connect, on one of the two loops
     * @return the other end, which is closed when it cannot
     */
    public Channel connect(
            ChannelHandler served, EventLoop reader, ChannelHandler handler, Consumer<Throwable> failed) {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        ChannelFuture bound = new Bootstrap()
                .group(reader)
                .channel(NioSocketChannel.class)
                .handler(handler)
                .bind(anyPort);
        Channel near = bound.channel();
        Consumer<Throwable> giveUp = cause -> {
            near.close();
            failed.accept(cause);
        };
        then(bound, giveUp, () -> {
            ChannelFuture listening = Listener.bootstrap(
                            loop, transport, allocator, new OnlyPeer(near.localAddress(), served))
                    .bind(anyPort);
            near.closeFuture().addListener(closed -> listening.channel().close());
            then(listening, giveUp, () -> then(near.connect(listening.channel().localAddress()), giveUp, () -> {}));
        });
        return near;
    }

    private static void then(ChannelFuture step, Consumer<Throwable> giveUp, Runnable next) {
        step.addListener(done -> {
            if (done.isSuccess()) {
                next.run();
            } else {
                giveUp.accept(done.cause());
            }
        });
    }

    /** Lets in who is expected, and then nobody any more. */
    static final class OnlyPeer extends ChannelInitializer<SocketChannel> {
        private final SocketAddress peer;
        private final ChannelHandler served;

        OnlyPeer(SocketAddress peer, ChannelHandler served) {
            this.peer = peer;
            this.served = served;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            if (!peer.equals(channel.remoteAddress())) {
                channel.close();
                return;
            }
            channel.pipeline().addLast("probe", served);
            channel.eventLoop().execute(() -> channel.parent().close());
        }
    }
}
