package dev.hibiki.gateway.runtime;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/** What a line of the log about one connection says of it, in fields of their own. Stateless. */
public final class ConnectionFields {
    /** Of what a client says of itself, as much as tells browsers apart. */
    public static final int MAX_USER_AGENT_CHARS = 256;

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

    /** So much of a user agent as is kept; null where there is none. */
    public static @Nullable String userAgent(@Nullable String header) {
        return header == null || header.length() <= MAX_USER_AGENT_CHARS
                ? header
                : header.substring(0, MAX_USER_AGENT_CHARS);
    }
}
