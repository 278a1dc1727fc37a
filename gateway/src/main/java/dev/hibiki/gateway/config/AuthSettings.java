package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options for publish keys and for tokens of clients, checked. Immutable.
 *
 * @param publishKeys keys that allow publishing, beside those in the file; without either, anybody who reaches the admin
 *     port may publish
 * @param jwt null when clients need no token
 */
public record AuthSettings(
        List<Secret> publishKeys,
        @Nullable Path publishKeysFile,
        @Nullable Jwt jwt) {

    /** True when publishing needs a key. */
    public boolean publishingNeedsKey() {
        return !publishKeys.isEmpty() || publishKeysFile != null;
    }

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
