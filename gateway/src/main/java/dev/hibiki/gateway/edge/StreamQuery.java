package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.http.PercentCodes;
import dev.hibiki.gateway.http.Query;
import io.netty.handler.codec.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The query of a request for a stream of events. Immutable. Parameters that the gateway does not know may hold anything.
 *
 * <p>A last id that is encoded wrongly is read as an empty text, which is the id of no event. A client repeats its query
 * at each attempt, so a refusal would keep it out for ever.
 */
public final class StreamQuery {
    private static final Pattern LIST = Pattern.compile(",|%2C", Pattern.CASE_INSENSITIVE);

    private final Query query;

    private StreamQuery(Query query) {
        this.query = query;
    }

    public static StreamQuery of(HttpRequest request) {
        return new StreamQuery(Query.of(request));
    }

    /** The names of all parameters, as in {@link Query#names}. */
    Set<String> names() {
        return query.names();
    }

    /**
     * All values of a parameter; null without one.
     *
     * @throws RefusedException when one cannot be decoded; the message repeats nothing of it
     */
    public @Nullable List<String> all(String name) throws RefusedException {
        List<String> values = query.encoded(name);
        if (values == null) {
            return null;
        }
        List<String> decoded = new ArrayList<>(values.size());
        for (String value : values) {
            String text = PercentCodes.parameter(value);
            if (text == null) {
                throw new RefusedException(Refusal.MALFORMED, problem(name, value));
            }
            decoded.add(text);
        }
        return decoded;
    }

    /** True when a value looks like a list. All lists of options have commas; a parameter is given once for each value. */
    boolean hasList(String name) {
        List<String> values = query.encoded(name);
        return values != null
                && values.stream().anyMatch(value -> LIST.matcher(value).find());
    }

    static String problem(String name, String value) {
        return "the parameter " + name + " cannot be decoded: " + PercentCodes.problem(value);
    }

    /** The first value of a parameter, still encoded; null without one. */
    @Nullable String firstEncoded(String name) {
        List<String> values = query.encoded(name);
        return values == null ? null : values.get(0);
    }

    /**
     * The ids of the last events that the client has seen; null when it names none. A polyfill of EventSource adds
     * {@code lastEventId} to the address that the page has given it, so that is newer than {@code last_id}.
     */
    public @Nullable List<String> lastIds() {
        List<String> newer = query.encoded("lastEventId");
        List<String> values = newer == null ? query.encoded("last_id") : newer;
        return values == null ? null : values.stream().map(StreamQuery::idOf).toList();
    }

    private static String idOf(String value) {
        String id = PercentCodes.parameter(value);
        return id == null ? "" : id;
    }
}
