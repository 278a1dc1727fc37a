package dev.hibiki.gateway.http;

import io.netty.handler.codec.http.HttpRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request, and the parameters of its query (WHATWG URL, section 5.1; a semicolon separates as well). Immutable. A value
 * stays encoded until somebody asks for it: what nobody asks for may be anything.
 */
public final class Query {
    private final Map<String, List<String>> parameters = new LinkedHashMap<>();

    private Query(String text) {
        int begin = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == '&' || text.charAt(i) == ';') {
                add(text.substring(begin, i));
                begin = i + 1;
            }
        }
    }

    private void add(String parameter) {
        if (parameter.isEmpty()) {
            return;
        }
        int equals = parameter.indexOf('=');
        String encoded = equals < 0 ? parameter : parameter.substring(0, equals);
        String name = PercentCodes.parameter(encoded);
        parameters
                .computeIfAbsent(name == null ? encoded : name, any -> new ArrayList<>(1))
                .add(equals < 0 ? "" : parameter.substring(equals + 1));
    }

    /** Reads the query of a request. */
    public static Query of(HttpRequest request) {
        String uri = withoutFragment(request.uri());
        int mark = uri.indexOf('?');
        return new Query(mark < 0 ? "" : uri.substring(mark + 1));
    }

    /** The path of a request, before it is decoded. */
    static String encodedPath(HttpRequest request) {
        String uri = withoutFragment(request.uri());
        int mark = uri.indexOf('?');
        return mark < 0 ? uri : uri.substring(0, mark);
    }

    private static String withoutFragment(String uri) {
        int hash = uri.indexOf('#');
        return hash < 0 ? uri : uri.substring(0, hash);
    }

    /** The names of all parameters, in their order. One that cannot be decoded is as the client has sent it, with its %. */
    public Set<String> names() {
        return parameters.keySet();
    }

    /** All values of a parameter, for {@link PercentCodes#parameter}; null without one. */
    public @Nullable List<String> encoded(String name) {
        return parameters.get(name);
    }
}
