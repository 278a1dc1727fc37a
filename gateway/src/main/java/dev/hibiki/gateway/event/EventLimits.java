package dev.hibiki.gateway.event;

/**
 * The limits for an event. Immutable.
 *
 * @param maxBytes the largest event as published, in bytes
 * @param maxDepth the deepest nesting of objects and arrays; the event itself is depth 1
 */
public record EventLimits(int maxBytes, int maxDepth) {
    private static final int DEPTH = 32;

    /** Returns the limits for this size, with the usual depth. */
    public static EventLimits of(int maxBytes) {
        return new EventLimits(maxBytes, DEPTH);
    }
}
