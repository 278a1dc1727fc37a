package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.options.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The keys of one kind: those of publishers, or those of operators. Thread-safe.
 *
 * <p>Only digests of the keys are kept and compared. Digests have equal lengths, so the time of a comparison tells neither
 * the length of a key nor how much of it is right. Every key is compared each time, so the time does not tell which key
 * matches either.
 */
public final class AccessKeys {
    private final boolean configured;
    private final List<byte[]> fixed;
    private volatile List<byte[]> fromFile = List.of();

    /**
     * @param configured false when there is no key, neither here nor in a file
     * @param keys the keys of the configuration, which do not change
     */
    public AccessKeys(boolean configured, List<Secret> keys) {
        this.configured = configured;
        this.fixed = keys.stream().map(key -> digest(key.value())).toList();
    }

    /** Replaces the keys of the file. */
    void replace(List<String> keys) {
        fromFile = keys.stream().map(AccessKeys::digest).toList();
    }

    /** True when there is a key of this kind. */
    public boolean areConfigured() {
        return configured;
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
