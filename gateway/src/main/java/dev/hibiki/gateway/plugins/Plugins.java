package dev.hibiki.gateway.plugins;

import dev.hibiki.gateway.ws.HibikiV1;
import dev.hibiki.gateway.ws.Subprotocol;
import java.util.ArrayList;
import java.util.List;

/**
 * All that can be added to the gateway with one line here. Immutable.
 *
 * @param subprotocols of WebSocket, with their wire formats; of several that a client offers, the first one here is chosen
 */
public record Plugins(List<Subprotocol> subprotocols) {
    public Plugins {
        subprotocols = List.copyOf(subprotocols);
    }

    /** What the gateway has by itself. */
    public static Plugins builtIn() {
        return new Plugins(List.of(new HibikiV1()));
    }

    /** These, and behind them another subprotocol. */
    public Plugins with(Subprotocol added) {
        List<Subprotocol> all = new ArrayList<>(subprotocols);
        all.add(added);
        return new Plugins(all);
    }
}
