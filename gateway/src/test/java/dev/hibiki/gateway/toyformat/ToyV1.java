package dev.hibiki.gateway.toyformat;

import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.wire.WireFormat;
import dev.hibiki.gateway.ws.Subprotocol;
import dev.hibiki.gateway.ws.WebSocketSession;
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
    public WebSocketSession newSession(SessionLoop loop, ClientProfile profile, WireFormat format) {
        return new ToySession(loop, profile, format);
    }

    private static final class ToySession extends WebSocketSession {
        ToySession(SessionLoop loop, ClientProfile profile, WireFormat format) {
            super(loop, profile, format);
        }

        @Override
        protected String kind() {
            return "ws+toy.v1";
        }

        @Override
        public boolean readsNotices() {
            return true;
        }
    }
}
