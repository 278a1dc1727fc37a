package dev.hibiki.gateway.runtime;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.slf4j.spi.LoggingEventBuilder;

/** The fields of a log line that identify a connection. Stateless. */
public final class ConnectionFields {
    private static final int MAX_CHARS = 256;
    /** Longer than any reason of ours that repeats such a text. */
    private static final int MAX_REASON_CHARS = 1_024;

    private ConnectionFields() {}

    public static LoggingEventBuilder add(LoggingEventBuilder line, Channel channel) {
        return line.addKeyValue("connection", id(channel)).addKeyValue("address", address(channel));
    }

    /** The id of a connection in logs and in {@code /sessions}. */
    public static String id(Channel channel) {
        return channel.id().asShortText();
    }

    /** The client's address, of IPv6 in its short form, with its port when it is known: a proxy may give only the address. */
    public static String address(Channel channel) {
        InetAddress client = ClientAddress.of(channel);
        String text = NetUtil.toAddressString(client);
        String host = text.indexOf(':') < 0 ? text : '[' + text + ']';
        return channel.remoteAddress() instanceof InetSocketAddress peer && client.equals(peer.getAddress())
                ? host + ':' + peer.getPort()
                : host;
    }

    /** The method and the path of a request. A query is left out, since it may hold a token or a key. */
    public static String request(HttpRequest request) {
        return truncate(request.method() + " " + request.uri().split("[?#]", 2)[0]);
    }

    /** Limits a text of a client, such as its user agent, to {@value #MAX_CHARS} characters. */
    public static String truncate(String text) {
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + '…';
    }

    /** Limits a reason in our words, which may repeat a text of a client, to {@value #MAX_REASON_CHARS} characters. */
    public static String reason(String text) {
        return text.length() <= MAX_REASON_CHARS ? text : text.substring(0, MAX_REASON_CHARS) + '…';
    }
}
