package dev.hibiki.gateway.event;

import org.jspecify.annotations.Nullable;

/** One published event in its final form. Immutable; nobody may write to the array that {@link #json} returns. */
public final class Event {
    private final byte[] json;
    private final String id;
    private final @Nullable String route;
    private final @Nullable String key;
    private final int replacedSurrogates;

    /**
     * @param json the normalised JSON object: compact, UTF-8, non-ASCII raw, with {@code title} and {@code id}
     * @param id the id from which clients resume: the event's own {@code id} when that is a string or number; empty when
     *     the source will assign one
     * @param route the value of the routing field; null when the event has none and reaches only the whole channel
     * @param key the value of the key field, which names the subject of the event; null when it has none
     * @param replacedSurrogates how many lone surrogates became U+FFFD, in UTF-16 code units
     */
    public Event(byte[] json, String id, @Nullable String route, @Nullable String key, int replacedSurrogates) {
        this.json = json;
        this.id = id;
        this.route = route;
        this.key = key;
        this.replacedSurrogates = replacedSurrogates;
    }

    /** An event without a key. */
    public Event(byte[] json, String id, @Nullable String route, int replacedSurrogates) {
        this(json, id, route, null, replacedSurrogates);
    }

    /** The event's own array. Callers must not write to it. */
    public byte[] json() {
        return json;
    }

    public String id() {
        return id;
    }

    /**
     * A second text by which clients may name the id, because a number or the spaces around a text change on their way;
     * null when there is none.
     */
    public @Nullable String alias() {
        return null;
    }

    public @Nullable String route() {
        return route;
    }

    public @Nullable String key() {
        return key;
    }

    public int replacedSurrogates() {
        return replacedSurrogates;
    }
}
