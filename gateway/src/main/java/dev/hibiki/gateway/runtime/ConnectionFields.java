package dev.hibiki.gateway.runtime;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
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

    /** The client's address and port. */
    public static String address(Channel channel) {
        SocketAddress address = channel.remoteAddress();
        if (!(address instanceof InetSocketAddress internet) || internet.getAddress() == null) {
            return String.valueOf(address);
        }
        String host = internet.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + internet.getPort();
    }

    /** So much of what a client says of itself as tells browsers apart. */
    public static String beginning(String text) {
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS);
    }
}
