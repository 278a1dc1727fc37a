package dev.hibiki.bench.publish;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** {@code http://host[:port]/path/{channel}}: where events are posted; {@code {channel}} and {@code {region}} are filled in. */
public record HttpTarget(String host, int port, String path) {
    private static final String EXPECTED = " (expected: http://host[:port]/path, perhaps with {channel} or {region})";

    public static HttpTarget parse(String template, String channel) {
        String url = template.replace("{channel}", encode(channel)).replace("{region}", "%7Bregion%7D");
        try {
            URI uri = new URI(url);
            if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
                throw new IllegalArgumentException(template + EXPECTED);
            }
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            return new HttpTarget(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort(), path + query);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(template + EXPECTED, e);
        }
    }

    /** A POST of {@code length} bytes, up to the empty line. */
    byte[] head(String region, int length) {
        return ("POST " + path.replace("%7Bregion%7D", encode(region)) + " HTTP/1.1\r\nHost: " + host + ":" + port
                        + "\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
