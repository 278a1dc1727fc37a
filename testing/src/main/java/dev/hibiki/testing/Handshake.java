package dev.hibiki.testing;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An opening handshake (RFC 6455, section 4.1): makes the client's request and verifies the server's answer. Confined to its connection.
 */
final class Handshake {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final String DEFLATE = "permessage-deflate";

    private final List<Header> headers = new ArrayList<>();
    private final String key;
    private String requestLine;

    Handshake(URI uri) {
        byte[] nonce = new byte[16];
        ThreadLocalRandom.current().nextBytes(nonce);
        key = Base64.getEncoder().encodeToString(nonce);
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        requestLine = "GET " + path + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()) + " HTTP/1.1";
        add("Host", uri.getHost() + ":" + uri.getPort());
        add("Upgrade", "websocket");
        add("Connection", "Upgrade");
        add("Sec-WebSocket-Key", key);
        add("Sec-WebSocket-Version", "13");
    }

    void requestLine(String line) {
        requestLine = line;
    }

    void add(String name, String value) {
        headers.add(new Header(name, value));
    }

    void remove(String name) {
        headers.removeIf(header -> header.name.equalsIgnoreCase(name));
    }

    byte[] request() {
        StringBuilder request = new StringBuilder(requestLine).append("\r\n");
        for (Header header : headers) {
            request.append(header.name).append(": ").append(header.value).append("\r\n");
        }
        return request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Checks an answer with status 101 against the request. */
    void verify(HandshakeResponse response) {
        expect(response, "Upgrade", "websocket");
        expect(response, "Connection", "upgrade");
        String accept = response.header("Sec-WebSocket-Accept").orElse("");
        if (!accept.equals(acceptFor(key))) {
            throw new ProtocolViolationException("Sec-WebSocket-Accept is wrong: '" + accept + "' (section 4.2.2)");
        }
        Optional<String> subprotocol = response.header("Sec-WebSocket-Protocol");
        if (subprotocol.isPresent() && !offered("Sec-WebSocket-Protocol").contains(subprotocol.get())) {
            throw new ProtocolViolationException(
                    "The server chose a subprotocol that was not offered: " + subprotocol.get());
        }
        Optional<String> extension = response.header("Sec-WebSocket-Extensions");
        if (extension.isPresent() && offered("Sec-WebSocket-Extensions").isEmpty()) {
            throw new ProtocolViolationException(
                    "The server chose an extension that was not offered: " + extension.get());
        }
        if (extension.isPresent() && !extension.get().matches(DEFLATE + ".*;\\s*server_no_context_takeover.*")) {
            throw new ProtocolViolationException("This client cannot read " + extension.get());
        }
    }

    static boolean agreesToDeflate(HandshakeResponse response) {
        return response.header("Sec-WebSocket-Extensions").isPresent();
    }

    static String acceptFor(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> offered(String name) {
        return headers.stream()
                .filter(header -> header.name.equalsIgnoreCase(name))
                .flatMap(header -> List.of(header.value.split("\\s*,\\s*", -1)).stream())
                .toList();
    }

    private static void expect(HandshakeResponse response, String header, String value) {
        String found = String.join(",", response.headers(header)).toLowerCase(Locale.ROOT);
        if (!List.of(found.split("\\s*,\\s*", -1)).contains(value)) {
            throw new ProtocolViolationException(
                    "Header " + header + " lacks '" + value + "': '" + found + "' (section 4.1)");
        }
    }

    private record Header(String name, String value) {}
}
