package dev.hibiki.gateway.toyformat;

import dev.hibiki.gateway.wire.WireFormat;
import dev.hibiki.gateway.ws.Subprotocol;
import dev.hibiki.gateway.ws.WebSocketProtocol;
import java.util.function.Supplier;

/** The subprotocol {@code toy.v1}: gap notices and a wire format of its own. */
final class ToyV1 implements Subprotocol {
    @Override
    public String name() {
        return "toy.v1";
    }

    @Override
    public Supplier<WireFormat> ownFormat() {
        return ToyFormat::new;
    }

    @Override
    public WebSocketProtocol protocol(WireFormat format) {
        return new ToyProtocol(format);
    }

    private static final class ToyProtocol extends WebSocketProtocol {
        ToyProtocol(WireFormat format) {
            super("ws+toy.v1", format, true);
        }
    }
}
