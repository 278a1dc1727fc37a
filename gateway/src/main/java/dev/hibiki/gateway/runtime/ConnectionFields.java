package dev.hibiki.gateway.runtime;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.slf4j.spi.LoggingEventBuilder;

/** What a line of the log about one connection says of it, in fields of their own. Stateless. */
public final class ConnectionFields {
    private static final int MAX_CHARS = 256;

    private ConnectionFields() {}

    public static LoggingEventBuilder add(LoggingEventBuilder line, Channel channel) {
        return line.addKeyValue("connection", id(channel)).addKeyValue("address", address(channel));
    }

    /** Names a connection in logs and answers. */
    public static String id(Channel channel) {
        return channel.id().asShortText();
    }

    /** The client's address, and its port where that is known: a proxy may only tell the address. */
    public static String address(Channel channel) {
        InetAddress client = ClientAddress.of(channel);
        String text = client.getHostAddress();
        String host = text.indexOf(':') < 0 ? text : '[' + text + ']';
        return channel.remoteAddress() instanceof InetSocketAddress peer && client.equals(peer.getAddress())
                ? host + ':' + peer.getPort()
                : host;
    }

    /** So much of what a client says of itself as tells browsers apart. */
    public static String beginning(String text) {
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS);
    }
}
