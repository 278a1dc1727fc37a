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
 * @param quietMs for how long the peer of a busy socket has taken no bytes
 */
public record TcpInfo(long rttUs, long rttVarianceUs, long retransmits, long unackedSegments, long quietMs) {
    /** Asks the kernel. Called on the channel's event loop. Null with NIO, and for a closed channel. */
    public static @Nullable TcpInfo of(Channel channel) {
        try {
            if (channel instanceof EpollSocketChannel epoll) {
                EpollTcpInfo info = epoll.tcpInfo();
                return new TcpInfo(
                        info.rtt(),
                        info.rttvar(),
                        info.totalRetrans(),
                        info.unacked(),
                        quietMs(info.lastDataSent(), info.lastAckRecv()));
            }
            if (channel instanceof IoUringSocketChannel ring) {
                IoUringTcpInfo info = ring.tcpInfo();
                return new TcpInfo(
                        info.rtt(),
                        info.rttvar(),
                        info.totalRetrans(),
                        info.unacked(),
                        quietMs(info.lastDataSent(), info.lastAckRecv()));
            }
        } catch (ChannelException e) {
            return null;
        }
        return null;
    }

    /** For how long the peer of a busy socket has taken no bytes; {@link Long#MAX_VALUE} where {@link #of} is null. */
    public static long quietMs(Channel channel) {
        TcpInfo info = of(channel);
        return info == null ? Long.MAX_VALUE : info.quietMs();
    }

    /**
     * A peer whose receive window is full gets no data, only probes, and acknowledges those. A peer that is gone gets its
     * data again and again, and acknowledges nothing. So each of the times alone would make one of them look alive.
     */
    private static long quietMs(long sinceDataSentMs, long sinceAckReceivedMs) {
        return Math.max(sinceDataSentMs, sinceAckReceivedMs);
    }
}
