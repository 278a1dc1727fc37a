package dev.hibiki.gateway.server;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.Networks;
import dev.hibiki.gateway.http.ForwardedFor;
import dev.hibiki.gateway.http.Refusals;

/** What all connections of clients share on their way in. Thread-safe. */
final class Entrance {
    private final Networks trusted;
    private final ForwardedFor forwardedFor;
    private final Refusals refusals;

    Entrance(GatewayConfig.Edge config, Refusals refusals) {
        this.trusted = config.trustedProxies();
        this.forwardedFor = new ForwardedFor(trusted);
        this.refusals = refusals;
    }

    /** The proxies that are believed. */
    Networks trusted() {
        return trusted;
    }

    ForwardedFor forwardedFor() {
        return forwardedFor;
    }

    Refusals refusals() {
        return refusals;
    }
}
