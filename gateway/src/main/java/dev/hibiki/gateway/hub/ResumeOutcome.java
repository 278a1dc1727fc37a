package dev.hibiki.gateway.hub;

import java.util.Locale;

/** How a subscription began. */
public enum ResumeOutcome {
    /** With the next event: nothing was asked for. */
    NEW,
    /** With exactly what was missed. */
    OK,
    /** Some of what was missed is not to be had, or nobody knows what was missed. */
    GAP;

    /** As clients and metrics are told. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
