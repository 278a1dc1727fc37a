package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the options that say how to reach Redis, which depend on each other. */
final class RedisReader {
    /** Redis refuses spaces and what is not printable ASCII. */
    private static final Pattern NAME = Pattern.compile("[!-~]{1,64}");

    private static final Pattern GLOB = Pattern.compile("[*?\\[\\\\]");

    private final Values values;

    RedisReader(Values values) {
        this.values = values;
    }

    @Nullable RedisSettings read(List<String> channels) throws ConfigException {
        String text = values.text(Setting.REDIS);
        RedisAddress address = text == null ? null : address(text);
        String clientName =
                values.matching(Setting.REDIS_CLIENT_NAME, NAME, "up to 64 printable characters without spaces");
        RedisSettings.Verify verify =
                values.choice(Setting.REDIS_TLS_VERIFY, RedisSettings.Verify.class, RedisSettings.Verify::optionName);
        Path authorities = authorities(address != null && address.data().isSsl());
        boolean sharded = sharded(address, channels);
        return address == null
                ? null
                : new RedisSettings(address, clientName, sharded, new RedisSettings.Tls(authorities, verify));
    }

    private RedisAddress address(String text) throws ConfigException {
        try {
            return RedisAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw values.wrong(Setting.REDIS, RedisAddress.EXPECTED);
        }
    }

    private @Nullable Path authorities(boolean tls) throws ConfigException {
        String file = values.text(Setting.REDIS_TLS_CA);
        if (file == null) {
            return null;
        }
        if (!tls) {
            // Whoever names an authority wants TLS, and must not send the password in the clear for a missing s.
            throw values.wrong(Setting.REDIS_TLS_CA, "to be set only where --redis asks for TLS, with rediss");
        }
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
                throw new CertificateException("it holds none");
            }
            return Path.of(file);
        } catch (IOException | InvalidPathException | CertificateException e) {
            throw values.wrong(Setting.REDIS_TLS_CA, "a readable file of certificates in PEM");
        }
    }

    private boolean sharded(@Nullable RedisAddress address, List<String> channels) throws ConfigException {
        boolean cluster = address != null
                && address.isCluster()
                && values.choice(Setting.SOURCE, SourceKind.class, SourceKind::optionName) == SourceKind.PUBSUB;
        boolean sharded = values.text(Setting.REDIS_SHARDED) == null ? cluster : values.bool(Setting.REDIS_SHARDED);
        if (sharded && !cluster) {
            throw values.wrong(Setting.REDIS_SHARDED, "true only with --source pubsub of a cluster, redis-cluster://");
        }
        if (sharded && channels.stream().anyMatch(GLOB.asPredicate())) {
            throw values.wrong(
                    Setting.CHANNEL,
                    "names and no patterns, since sharded Pub/Sub, the default in a cluster, has none;"
                            + " or --redis-sharded false");
        }
        return sharded;
    }
}
