package dev.hibiki.gateway.runtime;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.channel.uring.IoUringTcpInfo;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's statistics of a connection: {@code TCP_INFO}, see tcp(7). Immutable.
 *
 * @param rttUs the smoothed round trip time
 * @param rttVarianceUs the variance of the round trip time
 * @param retransmits the segments that were sent again since the connection was opened
 * @param unackedSegments the segments that were sent and are not acknowledged yet
 */
public record TcpInfo(long rttUs, long rttVarianceUs, long retransmits, long unackedSegments) {
    /** Asks the kernel. Called on the channel's event loop. Null with NIO, and for a closed channel. */
    public static @Nullable TcpInfo of(Channel channel) {
        try {
            if (channel instanceof EpollSocketChannel epoll) {
                EpollTcpInfo info = epoll.tcpInfo();
                return new TcpInfo(info.rtt(), info.rttvar(), info.totalRetrans(), info.unacked());
            }
            if (channel instanceof IoUringSocketChannel ring) {
                IoUringTcpInfo info = ring.tcpInfo();
                return new TcpInfo(info.rtt(), info.rttvar(), info.totalRetrans(), info.unacked());
            }
        } catch (ChannelException e) {
            return null;
        }
        return null;
    }
}
