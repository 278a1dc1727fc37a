package dev.hibiki.gateway.redis;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How to reach Redis, checked. Immutable.
 *
 * @param sharded whether channels are those of sharded Pub/Sub; only in a cluster
 */
public record RedisSettings(RedisAddress address, boolean sharded, Tls tls) {

    /**
     * The trust in Redis's certificate, where the address asks for TLS.
     *
     * @param authorities a PEM file with one certificate or more; null for those that Java trusts
     */
    public record Tls(@Nullable Path authorities, Verify verify) {}

    /** The checks of the certificate that Redis shows. */
    public enum Verify {
        /** A trusted authority signed it, and it is for the host that was dialled. */
        FULL,
        /** A trusted authority signed it. */
        CA,
        NONE
    }
}
