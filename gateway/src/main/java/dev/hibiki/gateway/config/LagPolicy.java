package dev.hibiki.gateway.config;

import java.util.Locale;

/** What becomes of a client that is too slow for the events retained. */
public enum LagPolicy {
    /** It is sent away with 4100, to come back and resume. */
    CLOSE,
    /** It stays and goes on with the oldest event that is left; the loss is reported. */
    SKIP,
    /** As SKIP, and of the events left with one key only the newest is sent. */
    LATEST;

    /** As the operator writes it. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
