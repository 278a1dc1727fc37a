package dev.hibiki.bench.publish;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/** {@code redis://[user[:password]@]host[:port]}. */
public record RedisAddress(
        String host,
        int port,
        @Nullable String user,
        @Nullable String password) {
    private static final int DEFAULT_PORT = 6379;

    public static RedisAddress parse(String text) {
        try {
            URI uri = new URI(text.contains("://") ? text : "redis://" + text);
            if (!"redis".equals(uri.getScheme()) || uri.getHost() == null) {
                throw new IllegalArgumentException(text + " (expected: redis://[user:password@]host[:port])");
            }
            String[] login = uri.getUserInfo() == null
                    ? new String[0]
                    : uri.getUserInfo().split(":", 2);
            String user = login.length == 2 && !login[0].isEmpty() ? login[0] : null;
            String password = login.length == 0 ? null : login[login.length - 1];
            return new RedisAddress(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(), user, password);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(text + " (expected: redis://[user:password@]host[:port])", e);
        }
    }
}
