package dev.hibiki.gateway.edge;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Fuzz target: the value of an Origin header. One that is allowed is, for the JDK too, only scheme, host and port, with a
 * host that ends as configured. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class OriginFuzz {
    private static final Origins ORIGINS = new Origins(List.of("https://*.ok.example", "https://one.example"), true);

    private OriginFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String origin = new String(input, StandardCharsets.ISO_8859_1);
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        try {
            request.headers().set(HttpHeaderNames.ORIGIN, origin);
        } catch (IllegalArgumentException e) {
            return; // Not the value of a header.
        }
        if (!ORIGINS.allows(request)) {
            require(ORIGINS.cors(request).isEmpty(), "no headers for a page that may not connect");
            return;
        }
        String lower = origin.toLowerCase(Locale.ROOT);
        URI uri = URI.create(lower);
        require(lower.startsWith("https://"), "the scheme");
        require(uri.getRawPath().isEmpty() && uri.getRawQuery() == null && uri.getRawFragment() == null, "no path");
        require(uri.getRawUserInfo() == null && (uri.getPort() == -1 || uri.getPort() == 443), "no user, no port");
        String host = lower.substring("https://".length()).replaceFirst(":443$", "");
        require(host.equals("one.example") || host.endsWith(".ok.example"), "the host");
        require(uri.getRawAuthority().equals(lower.substring("https://".length())), "nothing but a host");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
