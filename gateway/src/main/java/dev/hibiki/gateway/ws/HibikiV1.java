package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.ControlMessages;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The subprotocol {@code hibiki.v1}: plain events, and control messages beside them. Stateless. */
public final class HibikiV1 implements Subprotocol {
    static final String NAME = "hibiki.v1";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public WebSocketProtocol protocol(WireFormat format) {
        return new HibikiV1Protocol(format);
    }

    @Override
    public boolean explainsRefusals() {
        return true;
    }

    @Override
    public void writeRefusal(CloseCode code, @Nullable RefusedException refused, ByteBuf out) {
        if (refused != null) {
            String error = code.mayReconnect() ? "try_later" : refused.refusal().errorCode();
            WebSocketFormat.writeText(ControlMessages.error(error, refused.getMessage()), out);
        }
        if (code.mayReconnect()) {
            int minRetryMs = 1_000 * Refusals.MIN_RETRY_SECONDS;
            int maxRetryMs = 1_000 * Refusals.MAX_RETRY_SECONDS;
            WebSocketFormat.writeText(ControlMessages.bye(code.code(), minRetryMs, maxRetryMs), out);
        }
    }
}
