package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.options.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The keys that allow publishing. Thread-safe.
 *
 * <p>Only digests of the keys are kept and compared. Digests have equal lengths, so the time of a comparison tells neither
 * the length of a key nor how much of it is right. Every key is compared each time, so the time does not tell which key
 * matches either.
 */
public final class PublishKeys {
    private final boolean needed;
    private final List<byte[]> fixed;
    private volatile List<byte[]> fromFile = List.of();

    /**
     * @param needed false when publishing needs no key
     * @param keys the keys of the configuration, which do not change
     */
    public PublishKeys(boolean needed, List<Secret> keys) {
        this.needed = needed;
        this.fixed = keys.stream().map(key -> digest(key.value())).toList();
    }

    /** Replaces the keys of the file. */
    void replace(List<String> keys) {
        fromFile = keys.stream().map(PublishKeys::digest).toList();
    }

    /** True when publishing needs a key. */
    public boolean needed() {
        return needed;
    }

    public boolean contains(String key) {
        byte[] given = digest(key);
        return Stream.concat(fixed.stream(), fromFile.stream())
                        .filter(known -> MessageDigest.isEqual(known, given))
                        .count()
                > 0; // Not anyMatch, which stops at the first match.
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
