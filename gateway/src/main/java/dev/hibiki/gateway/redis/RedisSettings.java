package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.config.TlsIdentity;
import dev.hibiki.gateway.redis.address.RedisAddress;
import io.lettuce.core.SslOptions;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach Redis, checked. Immutable.
 *
 * @param sharded whether channels are those of sharded Pub/Sub; only in a cluster
 */
public record RedisSettings(RedisAddress address, boolean sharded, Tls tls) {

    /**
     * The certificates on both sides, where the address asks for TLS.
     *
     * @param authorities a PEM file with one certificate or more, which Redis's is checked with; null for those that Java
     *     trusts
     * @param identity what the gateway shows to Redis; null for nothing
     */
    public record Tls(
            @Nullable Path authorities,
            Verify verify,
            @Nullable Identity identity) {
        SslOptions options(Duration handshakeTimeout) {
            SslOptions.Builder options = SslOptions.builder().handshakeTimeout(handshakeTimeout);
            if (authorities != null) {
                options.trustManager(authorities.toFile());
            }
            if (identity != null) { // Read again for each connection: the files may be renewed.
                options.sslContext(identity::addTo);
            }
            return options.build();
        }
    }

    /** A certificate of the gateway and its key, as PEM files. */
    public record Identity(Path certificate, Path key) {
        /** Reads the files. */
        private void addTo(SslContextBuilder tls) {
            try {
                TlsIdentity read =
                        TlsIdentity.read(RedisOptions.TLS_CERT.flag(), certificate, RedisOptions.TLS_KEY.flag(), key);
                tls.keyManager(read.key(), read.chain());
            } catch (IOException e) {
                throw new IllegalStateException(e.getMessage()); // Without the cause, which alone would be logged.
            }
        }
    }

    /** The checks of the certificate that Redis shows. */
    public enum Verify {
        /** A trusted authority signed it, and it is for the host that was dialled. */
        FULL,
        /** A trusted authority signed it. */
        CA,
        NONE
    }
}
