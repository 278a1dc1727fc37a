package dev.hibiki.gateway.runtime;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * The IP address of a client: the one that a trusted proxy gives, else the peer address of the socket. Written on the
 * channel's event loop, read by any thread. It takes memory in a channel only when the two differ.
 */
public final class ClientAddress {
    private static final AttributeKey<InetAddress> PROXIED = AttributeKey.valueOf(ClientAddress.class, "proxied");

    private ClientAddress() {}

    /** The address of the client; the loopback address for a socket without IP, such as a Unix socket. */
    public static InetAddress of(Channel channel) {
        InetAddress proxied = channel.hasAttr(PROXIED) ? channel.attr(PROXIED).get() : null;
        return proxied == null ? peerOf(channel) : proxied;
    }

    /** The peer address of the socket, which may be that of a proxy. */
    public static InetAddress peerOf(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** Reads a numeric address; null for anything else. It never looks up a name. */
    public static @Nullable InetAddress parse(String text) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** Sets the address that a trusted proxy gave. */
    public static void set(Channel channel, InetAddress address) {
        if (!address.equals(peerOf(channel))) {
            channel.attr(PROXIED).set(address);
        } else if (channel.hasAttr(PROXIED)) {
            channel.attr(PROXIED).set(null);
        }
    }
}
