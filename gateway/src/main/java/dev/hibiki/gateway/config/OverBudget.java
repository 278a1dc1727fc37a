package dev.hibiki.gateway.config;

/** What a WebSocket client gets that is over the handshake budget. */
public enum OverBudget {
    /** 503 instead of the upgrade: cheapest, and proxies and programs understand it. */
    REFUSE,
    /** The upgrade, and then a close that says when to come back, which is all that a browser can see. */
    ACCEPT
}
