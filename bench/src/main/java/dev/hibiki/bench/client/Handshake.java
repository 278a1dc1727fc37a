package dev.hibiki.bench.client;

import dev.hibiki.bench.wire.ProtocolException;
import dev.hibiki.bench.wire.ResponseHead;

/** Judges the server's answer to the opening request. Every client uses the same key: this is no browser. */
final class Handshake {
    static final String KEY = "aGliaWtpLWJlbmNoLWtleQ==";

    /** The answer to this key (RFC 6455, section 4.2.2). */
    private static final String ACCEPT = "06TqcrNFDssdYZbuMxmjbCLFPKg=";

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
}
