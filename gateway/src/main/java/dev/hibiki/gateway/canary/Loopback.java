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
 * A TCP connection of the gateway with itself. The far end is on a given client loop, which accepts and drives it like the
 * connection of a client. The near end belongs to the caller, who reads what the loop delivers. Thread-safe.
 *
 * <p>The public port cannot serve for this: a client cannot choose its loop there, and TLS, tokens, limits and proxies are
 * in the way. So the loop listens on a separate port until the connection is open. It accepts one peer, whose port is
 * known before.
 */
final class Loopback {
    private final EventLoop loop;
    private final Transport transport;
    private final ByteBufAllocator allocator;

    /**
     * @param loop a client loop
     * @param transport the transport of that loop
     */
    Loopback(EventLoop loop, Transport transport, ByteBufAllocator allocator) {
        this.loop = loop;
        this.transport = transport;
        this.allocator = allocator;
    }

    /**
     * Connects. Returns at once; the handlers see the result.
     *
     * @param served the handler of the far end, on the client loop
     * @param reader the loop of the near end
     * @param handler the handler of the near end
     * @param failed receives the cause when the connection fails, on one of the two loops
     * @return the near end; it is closed when the connection fails
     */
    Channel connect(ChannelHandler served, EventLoop reader, ChannelHandler handler, Consumer<Throwable> failed) {
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

    /** Accepts the one expected peer, and then closes the listener. */
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
