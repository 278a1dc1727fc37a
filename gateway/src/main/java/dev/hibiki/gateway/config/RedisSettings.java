package dev.hibiki.gateway.config;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How to reach Redis, checked.
 *
 * @param sharded whether channels are those of sharded Pub/Sub; only in a cluster
 */
public record RedisSettings(RedisAddress address, String clientName, boolean sharded, Tls tls) {

    /**
     * What to trust where the address asks for TLS.
     *
     * @param authorities a PEM file with one certificate or more; null for those that Java trusts
     */
    public record Tls(@Nullable Path authorities, Verify verify) {}

    /** How much of the certificate that Redis shows is checked. */
    public enum Verify {
        /** That a trusted authority signed it, and that it is for the host that was dialled. */
        FULL,
        /** That a trusted authority signed it. */
        CA,
        NONE;

        public String optionName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
