package dev.hibiki.gateway.options;

import java.util.Locale;

/** The headings of {@code --help} and of docs/configuration.md, in their order. */
public enum OptionGroup {
    REDIS("Redis and channels: where events come from"),
    CLIENTS("The port for clients, and the pages and proxies that may use it"),
    TLS("TLS on the port for clients"),
    TOKENS("JSON Web Tokens of clients"),
    ADMIN("The admin port: health, metrics and publishing over HTTP"),
    EVENTS("Events, and how many of them are kept"),
    LAG("Clients that are too slow"),
    LIMITS("Limits for clients"),
    DRAIN("The end of the gateway, and restarts without loss"),
    HEALTH("Checks of the gateway's own health"),
    SYSTEM("Log lines, threads and sockets"),
    COMMAND("The command itself");

    private final String title;

    OptionGroup(String title) {
        this.title = title;
    }

    /** Returns the name that {@code --help} takes. */
    public String shortName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String title() {
        return title;
    }
}
