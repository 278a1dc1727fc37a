package dev.hibiki.gateway.edge;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The query of a request for a stream of events. Immutable.
 *
 * <p>A last id that is encoded wrongly is read as an empty text, which is the id of no event. A client repeats its query
 * at each attempt, so a refusal would keep it out for ever.
 */
public final class StreamQuery {
    private static final Pattern LAST_ID = Pattern.compile("(?<=[?&;])(last_id|lastEventId)=([^&;#]*)");

    private final Map<String, List<String>> parameters;

    private StreamQuery(Map<String, List<String>> parameters) {
        this.parameters = parameters;
    }

    /** @throws IllegalArgumentException that says what is wrong, and repeats nothing of the query, which may hold a token */
    public static StreamQuery of(HttpRequest request) {
        try {
            return parse(request.uri());
        } catch (IllegalArgumentException e) {
            return withoutBadLastId(request.uri());
        }
    }

    private static StreamQuery withoutBadLastId(String uri) {
        try {
            return parse(LAST_ID.matcher(uri).replaceAll(StreamQuery::replacement));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a % is not followed by two hexadecimal digits (expected: %25 for a %)");
        }
    }

    private static String replacement(MatchResult lastId) {
        return isMalformed(lastId.group(2)) ? lastId.group(1) + '=' : Matcher.quoteReplacement(lastId.group());
    }

    private static StreamQuery parse(String uri) {
        return new StreamQuery(new QueryStringDecoder(uri).parameters());
    }

    private static boolean isMalformed(String encoded) {
        try {
            QueryStringDecoder.decodeComponent(encoded);
            return false;
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    /** The names of all parameters. */
    Set<String> names() {
        return parameters.keySet();
    }

    /** All values of a parameter; null without one. */
    public @Nullable List<String> all(String name) {
        return parameters.get(name);
    }

    /**
     * The ids of the last events that the client has seen; null when it names none. A polyfill of EventSource adds
     * {@code lastEventId} to the address that the page has given it, so that is newer than {@code last_id}.
     */
    public @Nullable List<String> lastIds() {
        List<String> newer = all("lastEventId");
        return newer == null ? all("last_id") : newer;
    }
}
