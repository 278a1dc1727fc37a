package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.config.GatewayConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides which web pages may connect, by the Origin header of their browser (RFC 6454, RFC 6455 section 10.2). Immutable.
 * A request without this header does not come from a page, and is allowed.
 */
public final class Origins {
    /** What browsers send for sandboxed frames and local files; it is no host, but can be allowed as it is. */
    private static final Set<String> WITHOUT_HOST = Set.of("null", "file://");

    private static final Map<String, String> DEFAULT_PORTS = Map.of("https", ":443", "http", ":80");
    private static final String SUBDOMAINS = "://*.";
    /** More than any browser sends: the name of a host has at most 253 characters. */
    private static final int MAX_CHARS = 300;
    /** Scheme, host and perhaps port, in lower case (RFC 6454, section 6.2): nothing else may look like a part of a host. */
    private static final Pattern ORIGIN = Pattern.compile(
            "[a-z][a-z0-9+.-]*+://([a-z0-9_-]++(\\.[a-z0-9_-]++)*+\\.?|\\[[0-9a-f:.]++])(:[0-9]{1,5})?");

    private final boolean all;
    private final boolean withCookies;
    private final Set<String> exact = new HashSet<>();
    private final Set<String> subdomains = new HashSet<>();

    /**
     * @param allowed {@code https://example.com}, {@code https://*.example.com}, {@code null} or {@code *}, as browsers write
     *     them
     * @param withCookies whether requests from those pages may carry our cookie
     */
    public Origins(List<String> allowed, boolean withCookies) {
        this.withCookies = withCookies;
        all = allowed.contains("*");
        for (String origin : allowed) {
            String lower = origin.toLowerCase(Locale.ROOT);
            (lower.contains(SUBDOMAINS) ? subdomains : exact).add(lower);
        }
    }

    /** The configured origins; cookies are allowed when a token may come in one. */
    public static Origins of(GatewayConfig config) {
        AuthSettings.Jwt jwt = config.auth().jwt();
        return new Origins(config.allowedOrigins(), jwt != null && jwt.cookie() != null);
    }

    /** True when the request comes from an allowed page, or not from a page. */
    public boolean allows(HttpRequest request) {
        String origin = request.headers().get(HttpHeaderNames.ORIGIN);
        return all || origin == null || isListed(origin);
    }

    /** The headers that let an allowed page read the answer (Fetch, section 3.3.3); none for other requests. */
    public Map<String, String> cors(HttpRequest request) {
        String answer = all ? "*" : request.headers().get(HttpHeaderNames.ORIGIN);
        if (answer == null || !allows(request)) {
            return Map.of();
        }
        Map<String, String> headers = Map.of("access-control-allow-origin", answer, "vary", "Origin");
        if (withCookies) {
            headers = new HashMap<>(headers);
            headers.put("access-control-allow-credentials", "true");
        }
        return headers;
    }

    private boolean isListed(String origin) {
        if (origin.length() > MAX_CHARS) {
            return false;
        }
        if (WITHOUT_HOST.contains(origin)) {
            return exact.contains(origin);
        }
        String lower = withoutDefaultPort(origin.toLowerCase(Locale.ROOT));
        if (!ORIGIN.matcher(lower).matches()) {
            return false;
        }
        if (exact.contains(lower)) {
            return true;
        }
        int host = lower.indexOf("://") + 3;
        // Looks up each parent domain, so that the time does not depend on how many are listed.
        for (int dot = lower.indexOf('.', host); dot > 0; dot = lower.indexOf('.', dot + 1)) {
            if (subdomains.contains(lower.substring(0, host) + '*' + lower.substring(dot))) {
                return true;
            }
        }
        return false;
    }

    /** Programs may send the default port. Browsers leave it out. */
    private static String withoutDefaultPort(String origin) {
        String port = DEFAULT_PORTS.get(origin.substring(0, Math.max(0, origin.indexOf(':'))));
        return port != null && origin.endsWith(port) ? origin.substring(0, origin.length() - port.length()) : origin;
    }
}
