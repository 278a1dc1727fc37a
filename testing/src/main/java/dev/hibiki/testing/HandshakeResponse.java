package dev.hibiki.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The server's answer to the opening handshake, accepted or not. Immutable. */
public final class HandshakeResponse {
    private static final int MAX_HEAD = 64 << 10;

    private final String statusLine;
    private final int status;
    private final Map<String, List<String>> headers;
    private final String body;

    private HandshakeResponse(String statusLine, int status, Map<String, List<String>> headers, String body) {
        this.statusLine = statusLine;
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /** Reads the status line and the headers; null without consuming bytes until the empty line has arrived. */
    static @Nullable HandshakeResponse parseHead(ByteBuffer in) {
        for (int i = in.position(); i + 3 < in.limit(); i++) {
            if (in.get(i) == '\r' && in.get(i + 1) == '\n' && in.get(i + 2) == '\r' && in.get(i + 3) == '\n') {
                byte[] head = new byte[i - in.position()];
                in.get(head).position(i + 4);
                return parse(new String(head, StandardCharsets.ISO_8859_1));
            }
        }
        if (in.remaining() > MAX_HEAD) {
            throw new ProtocolViolationException("The response has no end of its headers within 64 KiB");
        }
        return null;
    }

    private static HandshakeResponse parse(String head) {
        String[] lines = head.split("\r\n", -1);
        if (!lines[0].matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
            throw new ProtocolViolationException("Not a status line: " + lines[0]);
        }
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line : List.of(lines).subList(1, lines.length)) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new ProtocolViolationException("Not a header: " + line);
            }
            headers.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        return new HandshakeResponse(lines[0], Integer.parseInt(lines[0].substring(9, 12)), headers, "");
    }

    HandshakeResponse withBody(String body) {
        return new HandshakeResponse(statusLine, status, headers, body);
    }

    public int status() {
        return status;
    }

    public String statusLine() {
        return statusLine;
    }

    /** All values of a header; its name may have any case. */
    public List<String> headers(String name) {
        return List.copyOf(headers.getOrDefault(name, List.of()));
    }

    /** The first value of a header; its name may have any case. */
    public Optional<String> header(String name) {
        return headers(name).stream().findFirst();
    }

    /** The body of a refusal, read as UTF-8; empty for an accepted handshake. */
    public String body() {
        return body;
    }

    @Override
    public String toString() {
        return statusLine + " " + headers + (body.isEmpty() ? "" : " " + body);
    }
}
