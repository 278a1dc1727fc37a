package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Secret;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.runtime.FailureReason;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the options for names and keys of the admin port and for tokens of clients, and checks that files can be read. */
final class AuthReader {
    private static final int MAX_LEEWAY_S = 3_600;
    private static final String KEYS = "--jwt-secret-file, --jwt-public-key-file or --jwks-url";
    private static final Pattern COOKIE = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}");
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?");
    private static final Pattern HTTP_URL = Pattern.compile("https?://[^\\s/?#]+(/\\S*)?");
    private static final String HTTP_EXPECTED = "https://… or, on a network that is trusted, http://…";

    private final Values values;

    AuthReader(Values values) {
        this.values = values;
    }

    AuthSettings read() throws ConfigException {
        return new AuthSettings(keys(Setting.PUBLISH_KEY, Setting.PUBLISH_KEYS_FILE), admin(), jwt());
    }

    private AuthSettings.@Nullable Jwt jwt() throws ConfigException {
        AuthSettings.Jwt jwt = new AuthSettings.Jwt(
                file(Setting.JWT_SECRET_FILE, "a file with a secret", KeyFiles::secret),
                file(Setting.JWT_PUBLIC_KEY_FILE, "a PEM file of public keys", KeyFiles::publicKeys),
                url(),
                values.text(Setting.JWT_ISSUER),
                values.text(Setting.JWT_AUDIENCE),
                values.integer(Setting.JWT_LEEWAY_S, 0, MAX_LEEWAY_S),
                cookie(),
                values.bool(Setting.JWT_IN_QUERY));
        if (jwt.secretFile() != null || jwt.publicKeyFile() != null || jwt.jwksUrl() != null) {
            return jwt;
        }
        for (Setting setting : List.of(Setting.JWT_ISSUER, Setting.JWT_AUDIENCE, Setting.JWT_COOKIE)) {
            if (values.text(setting) != null) {
                // An operator who sets a rule for tokens wants clients to need one.
                throw values.wrong(setting, "with " + KEYS + ", since without a key no token is asked for");
            }
        }
        if (jwt.inQuery()) {
            throw values.wrong(Setting.JWT_IN_QUERY, "true only with " + KEYS);
        }
        values.warnWithoutEffect(Setting.JWT_LEEWAY_S, KEYS);
        values.warnWithoutEffect(Setting.MAX_SESSIONS_PER_USER, KEYS);
        return null;
    }

    private @Nullable URI url() throws ConfigException {
        if (values.text(Setting.JWKS_URL) == null) {
            return null;
        }
        try {
            return URI.create(values.matching(Setting.JWKS_URL, HTTP_URL, HTTP_EXPECTED));
        } catch (IllegalArgumentException e) {
            throw values.wrong(Setting.JWKS_URL, HTTP_EXPECTED);
        }
    }

    private @Nullable String cookie() throws ConfigException {
        if (values.text(Setting.JWT_COOKIE) == null) {
            return null;
        }
        // Any page can open a WebSocket, and the browser sends the cookie along.
        OriginReader.checkCookie(values);
        return values.matching(Setting.JWT_COOKIE, COOKIE, "the name of a cookie");
    }

    private AuthSettings.Admin admin() throws ConfigException {
        AuthSettings.Keys keys = keys(Setting.ADMIN_KEY, Setting.ADMIN_KEY_FILE);
        boolean forMetrics = values.bool(Setting.ADMIN_KEY_FOR_METRICS);
        if (forMetrics && !keys.isConfigured()) {
            throw values.wrong(Setting.ADMIN_KEY_FOR_METRICS, "true only with --admin-key or --admin-key-file");
        }
        return new AuthSettings.Admin(adminNames(), keys, forMetrics);
    }

    private Set<String> adminNames() throws ConfigException {
        if (values.text(Setting.ADMIN_NAME) == null) {
            return Set.of();
        }
        List<String> names = values.list(Setting.ADMIN_NAME);
        if (!names.stream().allMatch(name -> HOST_NAME.matcher(name).matches())) {
            throw values.wrong(Setting.ADMIN_NAME, "host names without a port, such as gateway-1.internal");
        }
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }

    private AuthSettings.Keys keys(Setting fixed, Setting more) throws ConfigException {
        List<String> keys = values.text(fixed) == null ? List.of() : values.list(fixed);
        if (!keys.stream().allMatch(KeyFiles::isKey)) {
            throw values.wrong(fixed, "printable ASCII without spaces and commas");
        }
        return new AuthSettings.Keys(
                keys.stream().map(Secret::new).toList(), file(more, "a file with one key a line", KeyFiles::keys));
    }

    private interface Trial {
        Object read(Path file) throws IOException;
    }

    /** Returns a file that can be read now; its content may change while the gateway runs. */
    private @Nullable Path file(Setting setting, String expected, Trial trial) throws ConfigException {
        if (values.text(setting) == null) {
            return null;
        }
        Path file = values.file(setting);
        try {
            trial.read(file);
            return file;
        } catch (IOException e) {
            throw values.wrong(setting, expected + "; " + FailureReason.of(e));
        }
    }
}
