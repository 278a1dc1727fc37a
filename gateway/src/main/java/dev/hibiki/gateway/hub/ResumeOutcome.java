package dev.hibiki.gateway.hub;

import java.util.Locale;

/** How a subscription began. */
public enum ResumeOutcome {
    /** It begins with the next event, since the client named no id. */
    NEW,
    /** It begins with exactly the events that the client missed. */
    OK,
    /** Some of the missed events are gone, or it is not known which ones were missed. */
    GAP;

    /** As clients and metrics are told. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
