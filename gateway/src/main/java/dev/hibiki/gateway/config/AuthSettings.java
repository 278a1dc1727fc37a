package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options for the admin port, for publish keys and for tokens of clients, checked. Immutable.
 *
 * @param publishers the keys that allow publishing; without one, anybody who reaches the admin port may publish
 * @param jwt null when clients need no token
 */
public record AuthSettings(
        Keys publishers, Admin admin, @Nullable Jwt jwt) {

    /**
     * Keys of one kind. Each opens.
     *
     * @param fixed the keys in the options
     * @param file more keys, which may change; null for none
     */
    public record Keys(List<Secret> fixed, @Nullable Path file) {
        /** True when a key of this kind is configured. */
        public boolean isConfigured() {
            return !fixed.isEmpty() || file != null;
        }
    }

    /**
     * Who may use the admin port.
     *
     * @param names the host names by which the port is reached, in lower case
     * @param keys the keys of operators
     * @param keyForMetrics whether {@code /metrics} needs a key, too
     */
    public record Admin(Set<String> names, Keys keys, boolean keyForMetrics) {}

    /**
     * The rules for tokens, and the places for them beside {@code Authorization} and the subprotocol. At least one of the
     * first three is given.
     *
     * @param issuer the required value of {@code iss}; null for any
     * @param audience the value that {@code aud} must contain; null for any
     * @param leewayS how far clocks may differ
     * @param cookie the name of a cookie that may hold the token; null for none
     * @param inQuery true when the query of the URL may hold the token
     */
    public record Jwt(
            @Nullable Path secretFile,
            @Nullable Path publicKeyFile,
            @Nullable URI jwksUrl,
            @Nullable String issuer,
            @Nullable String audience,
            int leewayS,
            @Nullable String cookie,
            boolean inQuery) {}
}
