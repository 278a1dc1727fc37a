package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A subprotocol of WebSocket (RFC 6455, section 1.9): what a session says beside events, and how its events are framed.
 * Stateless; event loops and gateways share it.
 */
public interface Subprotocol {
    /** For clients that offer no subprotocol that the gateway has: they get events and control frames, nothing else. */
    Subprotocol PLAIN = new Subprotocol() {
        @Override
        public String name() {
            return "";
        }

        @Override
        public WebSocketProtocol protocol(WireFormat format) {
            return WebSocketProtocol.plain(format);
        }
    };

    /** The first of these subprotocols that the client offers; the order of the client does not matter. */
    static Subprotocol choose(List<Subprotocol> subprotocols, HttpRequest request) {
        return subprotocols.stream()
                .filter(subprotocol -> Handshake.offers(request, subprotocol.name()))
                .findFirst()
                .orElse(PLAIN);
    }

    /** As in {@code Sec-WebSocket-Protocol}. */
    String name();

    /**
     * Makes the protocol of this subprotocol's sessions. Called once per format.
     *
     * @param format of the clients' events
     */
    WebSocketProtocol protocol(WireFormat format);

    /**
     * Makes the wire format of this subprotocol; called once for each gateway. Null, the default, means plain WebSocket
     * frames, compressed when the client asks for permessage-deflate. A format of its own excludes permessage-deflate.
     */
    default @Nullable Supplier<WireFormat> ownFormat() {
        return null;
    }

    /**
     * True when a client that is refused for its query or its token gets an upgrade, {@link #writeRefusal} and a close
     * frame, since the script of a page never sees an HTTP status. False, the default, when it gets the HTTP status.
     */
    default boolean explainsRefusals() {
        return false;
    }

    /**
     * Appends the frames between the upgrade and the close frame of a client that is refused.
     *
     * @param refused the reason; null where the close code says it all
     * @param out borrowed
     */
    default void writeRefusal(CloseCode code, @Nullable RefusedException refused, ByteBuf out) {}
}
