package dev.hibiki.bench.client;

import dev.hibiki.bench.wire.ProtocolException;
import dev.hibiki.bench.wire.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Judges the server's answer to the opening request. Every client uses the same key: this is no browser. */
final class Handshake {
    static final String KEY = "aGliaWtpLWJlbmNoLWtleQ==";
    private static final String ACCEPT = accept(KEY);

    private Handshake() {}

    static void check(Protocol protocol, ResponseHead head) throws ProtocolException {
        if (protocol == Protocol.WS) {
            if (head.status() != 101) {
                throw new ProtocolException("the server did not upgrade to WebSocket: " + head.statusLine());
            }
            if (!head.header("Sec-WebSocket-Accept").equals(ACCEPT)) {
                throw new ProtocolException("the server's Sec-WebSocket-Accept is wrong");
            }
        } else if (head.status() != 200 || !head.headerHas("Content-Type", "text/event-stream")) {
            throw new ProtocolException("the server did not answer with an event stream: " + head.statusLine() + ", "
                    + head.header("Content-Type"));
        }
    }

    private static String accept(String key) {
        try {
            byte[] text = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
