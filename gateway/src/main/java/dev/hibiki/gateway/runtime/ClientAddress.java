package dev.hibiki.gateway.runtime;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Where a client is: what a trusted proxy says, else the other end of its socket. Written on the channel's event loop,
 * read by any thread. A channel holds something for it only when the two differ.
 */
public final class ClientAddress {
    private static final AttributeKey<InetAddress> TOLD = AttributeKey.valueOf(ClientAddress.class, "told");

    private ClientAddress() {}

    /** Where the client is. For a socket that is not of the Internet, the loopback address. */
    public static InetAddress of(Channel channel) {
        InetAddress told = channel.hasAttr(TOLD) ? channel.attr(TOLD).get() : null;
        return told == null ? peerOf(channel) : told;
    }

    /** The other end of the socket, which may be a proxy. */
    public static InetAddress peerOf(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** An address in figures, never a name to look up; null for anything else. */
    public static @Nullable InetAddress parse(String text) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** Believes that the client is there, from now on. */
    public static void tell(Channel channel, InetAddress address) {
        if (!address.equals(peerOf(channel))) {
            channel.attr(TOLD).set(address);
        } else if (channel.hasAttr(TOLD)) {
            channel.attr(TOLD).set(null);
        }
    }
}
