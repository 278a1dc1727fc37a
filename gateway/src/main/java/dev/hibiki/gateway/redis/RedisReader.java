package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.config.Pem;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.redis.address.RedisAddress;
import dev.hibiki.gateway.runtime.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@link RedisOptions}, which depend on each other. */
public final class RedisReader {
    private static final Pattern USER_ALONE = Pattern.compile("^[^:]*://[^:/@]+:@");

    private final Values values;
    private final boolean pubSub;

    private RedisReader(Values values, boolean pubSub) {
        this.values = values;
        this.pubSub = pubSub;
    }

    /**
     * Reads and checks the options.
     *
     * @param pubSub whether the channels are those of Pub/Sub, which alone has shards
     * @return null when no Redis is named
     */
    public static @Nullable RedisSettings read(Values values, boolean pubSub) throws ConfigException {
        return new RedisReader(values, pubSub).read();
    }

    private @Nullable RedisSettings read() throws ConfigException {
        String text = values.text(RedisOptions.REDIS);
        RedisAddress address = text == null ? null : address(text);
        RedisSettings.Verify verify = values.choice(RedisOptions.TLS_VERIFY, RedisSettings.Verify.class);
        boolean tls = address != null && address.isTls();
        Path authorities = authorities(tls);
        RedisSettings.Identity identity = ClientIdentityReader.read(values, tls);
        boolean sharded = sharded(address);
        if (!tls) {
            values.warnWithoutEffect(RedisOptions.TLS_VERIFY, "--redis that asks for TLS, with rediss");
        }
        if (address == null) {
            values.warnWithoutEffect(RedisOptions.SHARDED, "--redis");
        }
        return address == null
                ? null
                : new RedisSettings(address, sharded, new RedisSettings.Tls(authorities, verify, identity));
    }

    private RedisAddress address(String text) throws ConfigException {
        RedisAddress address;
        try {
            address = RedisAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw values.refused(RedisOptions.REDIS, String.valueOf(e.getMessage()));
        }
        if (USER_ALONE.matcher(text).find()) {
            values.warn("--redis: the password after the user is empty, so the gateway uses neither (expected:"
                    + " USER:PASSWORD@; perhaps a variable is not set)");
        }
        Throwable noSockets = address.socket() == null ? null : Transport.EPOLL.unavailability();
        if (noSockets != null) {
            throw values.refused(
                    RedisOptions.REDIS,
                    "Unix sockets need epoll, which cannot be used here (expected: Linux on x86_64 or aarch64, or redis://"
                            + " with a host): " + noSockets.getMessage());
        }
        return address;
    }

    private @Nullable Path authorities(boolean tls) throws ConfigException {
        if (values.text(RedisOptions.TLS_CA) == null) {
            return null;
        }
        if (!tls) {
            // An operator who names an authority wants TLS. A missing s must not send the password unencrypted.
            throw values.wrong(RedisOptions.TLS_CA, "to be set only where --redis asks for TLS, with rediss");
        }
        Path file = Pem.file(values, RedisOptions.TLS_CA);
        try (InputStream in = Files.newInputStream(file)) {
            if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
                throw new CertificateException("it holds none");
            }
            return file;
        } catch (IOException | CertificateException e) {
            throw values.wrong(RedisOptions.TLS_CA, "a readable file of certificates in PEM");
        }
    }

    private boolean sharded(@Nullable RedisAddress address) throws ConfigException {
        boolean possible = pubSub && address != null && address.isCluster();
        boolean sharded = values.text(RedisOptions.SHARDED) == null ? possible : values.bool(RedisOptions.SHARDED);
        if (sharded && !possible) {
            throw values.wrong(RedisOptions.SHARDED, "true only with --source pubsub of a cluster, redis-cluster://");
        }
        return sharded;
    }
}
