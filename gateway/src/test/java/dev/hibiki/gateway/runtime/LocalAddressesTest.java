package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LocalAddressesTest {
    @ParameterizedTest
    @EnumSource(
            value = Transport.class,
            names = {"IO_URING", "EPOLL"})
    void shouldShareOneObjectAmongConnectionsToTheSameAddress(Transport transport) throws Exception {
        assumeTrue(transport.unavailability() == null, "not on this machine");
        BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
        LocalAddresses addresses = new LocalAddresses();
        try (EventLoops loops = new EventLoops(transport, 1)) {
            ServerBootstrap bootstrap = new ServerBootstrap()
                    .group(loops.clients())
                    .channel(transport.serverChannel())
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            addresses.share(channel);
                            accepted.add(channel);
                        }
                    });
            Channel listener = bootstrap.bind("0.0.0.0", 0).sync().channel();
            int port = ((InetSocketAddress) listener.localAddress()).getPort();

            SocketAddress first = localAddress(1, port, accepted);
            SocketAddress second = localAddress(1, port, accepted);
            SocketAddress other = localAddress(2, port, accepted);

            assertThat(first).hasToString("/127.0.0.1:" + port);
            assertThat(second).isSameAs(first);
            assertThat(other).hasToString("/127.0.0.2:" + port);
        }
    }

    private static SocketAddress localAddress(int lastByte, int port, BlockingQueue<Channel> accepted)
            throws Exception {
        try (Socket client = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) lastByte}), port)) {
            Channel channel = accepted.poll(20, TimeUnit.SECONDS);
            assertThat(channel).as("the channel of %s", client).isNotNull();
            return channel.localAddress();
        }
    }
}
