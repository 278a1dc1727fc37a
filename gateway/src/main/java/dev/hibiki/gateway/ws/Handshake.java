package dev.hibiki.gateway.ws;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of the opening handshake (RFC 6455, section 4.2). Netty's own handshaker stays referenced by its
 * channel, removes the HTTP codec only after the response was written, and negotiates extensions its own way; here the
 * response is bytes and the pipeline is swapped at once.
 */
final class Handshake {
    static final String VERSION = "13";

    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;

    private Handshake() {}

    static boolean asksForUpgrade(HttpRequest request) {
        return request.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    /**
     * Recognises the handshake of a client of which a proxy has not passed everything on: it speaks HTTP/1.0 to this server, or drops
     * the headers that are for one connection only, as RFC 9110, section 7.6.1, tells it to.
     *
     * @return what is missing, and what to do; null for any other request
     */
    static @Nullable String removedByProxy(HttpRequest request) {
        HttpHeaders headers = request.headers();
        if (!request.method().equals(HttpMethod.GET)
                || !(headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY)
                        || headers.contains(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            return null;
        }
        String missing = null;
        if (!asksForUpgrade(request)) {
            missing = "removed the Upgrade header";
        } else if (!headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
            missing = "removed \"Upgrade\" from the Connection header";
        } else if (request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0) {
            missing = "speaks HTTP/1.0, which has no upgrade";
        }
        return missing == null
                ? null
                : "a proxy on the way " + missing + ". nginx needs: proxy_http_version 1.1; proxy_set_header Upgrade"
                        + " $http_upgrade; proxy_set_header Connection \"upgrade\"; Apache needs: ProxyPass with"
                        + " upgrade=websocket, or mod_proxy_wstunnel; HAProxy must not have a http-request rule that changes Upgrade or"
                        + " Connection";
    }

    /** Returns what is wrong with an upgrade request, apart from its version; null when it is right. */
    static @Nullable String problem(HttpRequest request) {
        if (!request.method().equals(HttpMethod.GET)) {
            return "an upgrade needs GET";
        }
        if (request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0) {
            return "an upgrade needs HTTP/1.1";
        }
        if (!request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
            return "Connection header without \"Upgrade\"";
        }
        String key = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
        if (key == null || !isKey(key.trim())) {
            return "Sec-WebSocket-Key (expected: 16 bytes in base64)";
        }
        return null;
    }

    /** The decoder also accepts text without padding, or with bits behind the last byte. */
    private static boolean isKey(String key) {
        try {
            byte[] bytes = Base64.getDecoder().decode(key);
            return bytes.length == KEY_BYTES
                    && Base64.getEncoder().encodeToString(bytes).equals(key);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** True when the client offers this subprotocol (section 4.1, item 10). */
    static boolean offers(HttpRequest request, String subprotocol) {
        for (String line : request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String offered : line.split(",", -1)) {
                if (offered.trim().equals(subprotocol)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * The complete 101 response; the caller must release it.
     *
     * @param subprotocol empty for none
     * @param extension null for none
     */
    static ByteBuf response(
            ByteBufAllocator allocator, HttpRequest request, String subprotocol, @Nullable String extension) {
        String key = String.valueOf(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY))
                .trim();
        String response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + accept(key) + "\r\n"
                + (subprotocol.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n")
                + (extension == null ? "" : "Sec-WebSocket-Extensions: " + extension + "\r\n") + "\r\n";
        return ByteBufUtil.writeAscii(allocator, response);
    }

    private static String accept(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(sha1.digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
