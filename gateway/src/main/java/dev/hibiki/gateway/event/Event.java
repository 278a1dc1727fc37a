package dev.hibiki.gateway.event;

import org.jspecify.annotations.Nullable;

/** One published event in its final form. Immutable as long as nobody writes to the array that {@link #json} hands out. */
public final class Event {
    private final byte[] json;
    private final String id;
    private final @Nullable String route;
    private final int replacedSurrogates;

    /**
     * @param json the normalised JSON object: compact, UTF-8, non-ASCII raw, with {@code title} and {@code id}
     * @param id what a client resumes from; the value of the event's own {@code id} where that is a string or number
     * @param route the value of the routing field; null when the event has none and reaches only the whole channel
     * @param replacedSurrogates how many lone surrogates became U+FFFD, in UTF-16 code units
     */
    public Event(byte[] json, String id, @Nullable String route, int replacedSurrogates) {
        this.json = json;
        this.id = id;
        this.route = route;
        this.replacedSurrogates = replacedSurrogates;
    }

    /** The event's own array, lent: read only. */
    public byte[] json() {
        return json;
    }

    public String id() {
        return id;
    }

    public @Nullable String route() {
        return route;
    }

    public int replacedSurrogates() {
        return replacedSurrogates;
    }
}
