package dev.hibiki.bench.client;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the load goes and how it asks to be let in. */
public record Target(
        Protocol protocol, InetSocketAddress address, String host, String path, boolean deflate, List<String> headers) {

    /**
     * The protocol follows from the scheme when {@code protocol} is null.
     *
     * @param headers lines of the request beside those that every client sends
     */
    public static Target parse(String url, @Nullable Protocol protocol, boolean deflate, List<String> headers) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(url + " (expected: ws://host:port/path or http://host:port/path)", e);
        }
        String scheme = uri.getScheme();
        if (uri.getHost() == null || !("ws".equals(scheme) || "http".equals(scheme))) {
            throw new IllegalArgumentException(url + " (expected: ws://host:port/path or http://host:port/path)");
        }
        Protocol chosen = protocol != null ? protocol : "ws".equals(scheme) ? Protocol.WS : Protocol.SSE;
        int port = uri.getPort() < 0 ? 80 : uri.getPort();
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        InetSocketAddress address = resolve(uri.getHost(), port);
        return new Target(chosen, address, uri.getHost() + ":" + port, path + query, deflate, List.copyOf(headers));
    }

    private static InetSocketAddress resolve(String host, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(host + " (expected: a host that can be resolved)", e);
        }
    }

    /** The address that a client comes from: one of {@code addresses} when this is a loopback address; null: any. */
    @Nullable InetSocketAddress source(int client, int addresses) {
        if (!address.getAddress().isLoopbackAddress() || addresses <= 1) {
            return null;
        }
        int host = client % addresses + 1;
        byte[] ip = {127, 0, (byte) (host >> 8), (byte) host};
        try {
            return new InetSocketAddress(InetAddress.getByAddress(ip), 0);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same for clients that come back with this id, which is taken as it is; they get events that are not deflated. */
    Target resumingAfter(String lastId) {
        String query = (path.contains("?") ? '&' : '?') + "last_id=" + lastId;
        return new Target(protocol, address, host, path + query, false, headers);
    }

    /** The opening request; the region, if any, is added to the query. */
    byte[] request(@Nullable String region) {
        StringBuilder text = new StringBuilder("GET ").append(path);
        if (region != null) {
            text.append(path.contains("?") ? '&' : '?')
                    .append("region=")
                    .append(URLEncoder.encode(region, StandardCharsets.UTF_8));
        }
        text.append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
        if (protocol == Protocol.WS) {
            text.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
                    .append(Handshake.KEY)
                    .append("\r\n");
            if (deflate) {
                text.append("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
                        + " client_no_context_takeover\r\n");
            }
        } else {
            text.append("Accept: text/event-stream\r\nCache-Control: no-cache\r\n");
        }
        headers.forEach(header -> text.append(header).append("\r\n"));
        return text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }
}
