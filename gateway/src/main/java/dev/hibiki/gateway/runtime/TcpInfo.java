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
 * @param ackedMs the time since the peer has last acknowledged anything
 * @param quietMs for how long the peer of a busy socket has taken no bytes
 * @param isRetrying whether the kernel sends bytes again, or asks again for room, since the peer has not answered to them
 */
public record TcpInfo(
        long rttUs,
        long rttVarianceUs,
        long retransmits,
        long unackedSegments,
        long ackedMs,
        long quietMs,
        boolean isRetrying) {
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
                        info.lastAckRecv(),
                        quietMs(info.lastDataSent(), info.lastAckRecv()),
                        info.probes() > 0 || info.backoff() > 0);
            }
            if (channel instanceof IoUringSocketChannel ring) {
                IoUringTcpInfo info = ring.tcpInfo();
                return new TcpInfo(
                        info.rtt(),
                        info.rttvar(),
                        info.totalRetrans(),
                        info.unacked(),
                        info.lastAckRecv(),
                        quietMs(info.lastDataSent(), info.lastAckRecv()),
                        info.probes() > 0 || info.backoff() > 0);
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
     * Returns true when the kernel has sent bytes, and the peer has acknowledged nothing for this time. Such a peer is gone: one
     * that only does not read acknowledges nevertheless. What has just been sent does not count: the kernel must have sent it
     * again. False where {@link #of} is null.
     */
    public static boolean isPeerGone(Channel channel, int timeoutMs) {
        TcpInfo info = of(channel);
        return info != null && info.unackedSegments() > 0 && info.isRetrying() && info.ackedMs() >= timeoutMs;
    }

    /** Returns true when the kernel still has bytes that the peer must take. */
    public boolean hasUnsent() {
        return unackedSegments > 0 || isRetrying;
    }

    /**
     * A peer whose receive window is full gets no data, only probes, and acknowledges those. A peer that is gone gets its
     * data again and again, and acknowledges nothing. So each of the times alone would make one of them look alive.
     */
    private static long quietMs(long sinceDataSentMs, long sinceAckReceivedMs) {
        return Math.max(sinceDataSentMs, sinceAckReceivedMs);
    }
}
