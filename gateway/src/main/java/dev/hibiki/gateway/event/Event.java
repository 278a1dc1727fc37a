package dev.hibiki.gateway.event;

import org.jspecify.annotations.Nullable;

/** One published event in its final form. Immutable; nobody may write to the array that {@link #json} returns. */
public final class Event {
    private final byte[] json;
    private final String id;
    private final @Nullable String route;
    private final @Nullable String key;
    private final int replacedSurrogates;
    private final @Nullable String alias;
    private final @Nullable String idProblem;

    /**
     * @param json the normalised JSON object: compact, UTF-8, non-ASCII raw, with {@code title} and {@code id}
     * @param id the id from which clients resume, which is that of the JSON; empty when the source will assign one
     * @param route the value of the routing field; null when the event has none and reaches only the whole channel
     * @param key the value of the key field, which names the subject of the event; null when it has none
     * @param replacedSurrogates how many lone surrogates became U+FFFD, in UTF-16 code units
     * @param alias see {@link #alias()}
     * @param idProblem see {@link #idProblem()}
     */
    Event(
            byte[] json,
            String id,
            @Nullable String route,
            @Nullable String key,
            int replacedSurrogates,
            @Nullable String alias,
            @Nullable String idProblem) {
        this.json = json;
        this.id = id;
        this.route = route;
        this.key = key;
        this.replacedSurrogates = replacedSurrogates;
        this.alias = alias;
        this.idProblem = idProblem;
    }

    /** An event whose id has no second text. */
    public Event(byte[] json, String id, @Nullable String route, @Nullable String key, int replacedSurrogates) {
        this(json, id, route, key, replacedSurrogates, null, null);
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
        return alias;
    }

    /** The reason why an id was left out of the event, as the end of a sentence; null when none was left out. */
    public @Nullable String idProblem() {
        return idProblem;
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
