package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may publish, and who may listen; checked.
 *
 * @param publishKeys any of these, or of those in the file, opens publishing; none of both: anybody who reaches the port
 * @param jwt null when everybody may listen
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
     * Which tokens are good, and where they are looked for beside {@code Authorization} and the subprotocol. At least one
     * of the first three is given.
     *
     * @param issuer what {@code iss} must be; null for anything
     * @param audience what must be in {@code aud}; null for anything
     * @param leewayS how far clocks may be apart
     * @param cookie the name of a cookie that may hold the token; null for none
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
