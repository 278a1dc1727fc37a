package dev.hibiki.gateway.support;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Systemd's end of the notify socket, a Unix socket for datagrams. Any thread may read what it received. */
public final class NotifySocket implements AutoCloseable {
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final EventLoopGroup thread = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Channel channel;

    private NotifySocket(String address) {
        channel = new Bootstrap()
                .group(thread)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, DomainDatagramPacket packet) {
                        heard.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                })
                .bind(new DomainSocketAddress(address))
                .syncUninterruptibly()
                .channel();
    }

    public static NotifySocket at(Path path) {
        return new NotifySocket(path.toString());
    }

    public static NotifySocket at(String address) {
        return new NotifySocket(address);
    }

    /** All datagrams in order. */
    public List<String> heard() {
        return heard;
    }

    public long watchdogs() {
        return heard.stream().filter("WATCHDOG=1"::equals).count();
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        thread.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
}
