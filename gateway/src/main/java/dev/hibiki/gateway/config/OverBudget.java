package dev.hibiki.gateway.config;

/** The answer to a WebSocket client over the budget of new sessions. */
public enum OverBudget {
    /** 503 instead of the upgrade. It costs least, and proxies and programs understand it. */
    REFUSE,
    /** The upgrade, and then a close with 1013. A page can see the close code, but not an HTTP status. */
    ACCEPT
}
