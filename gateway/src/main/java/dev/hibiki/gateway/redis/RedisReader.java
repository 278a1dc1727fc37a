package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.redis.address.RedisAddress;
import dev.hibiki.gateway.runtime.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import org.jspecify.annotations.Nullable;

/** Reads {@link RedisOptions}, which depend on each other. */
public final class RedisReader {
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
        String file = values.text(RedisOptions.TLS_CA);
        if (file == null) {
            return null;
        }
        if (!tls) {
            // An operator who names an authority wants TLS. A missing s must not send the password unencrypted.
            throw values.wrong(RedisOptions.TLS_CA, "to be set only where --redis asks for TLS, with rediss");
        }
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
                throw new CertificateException("it holds none");
            }
            return Path.of(file);
        } catch (IOException | InvalidPathException | CertificateException e) {
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
