package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.options.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one kind: those of publishers, or those of operators. Thread-safe.
 *
 * <p>Only digests of the keys are kept and compared. Digests have equal lengths, so the time of a comparison tells neither
 * the length of a key nor how much of it is right. Every key is compared each time, so the time does not tell which key
 * matches either.
 */
public final class AccessKeys {
    private final boolean configured;
    private final String option;
    private final String fileOption;
    private final List<byte[]> fixed;
    private volatile List<byte[]> fromFile = List.of();

    /**
     * @param option by which the keys of the configuration are given
     * @param fileOption by which the file is given
     * @param configured false when there is no key, neither here nor in a file
     * @param keys the keys of the configuration, which do not change
     */
    public AccessKeys(String option, String fileOption, boolean configured, List<Secret> keys) {
        this.option = option;
        this.fileOption = fileOption;
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
        return nameOf(key) != null;
    }

    /** Where a key is configured, such as {@code --publish-key no. 2}, for the log; null for a key that is not known. */
    public @Nullable String nameOf(String key) {
        byte[] given = digest(key);
        String inFile = find(fileOption, fromFile, given);
        String inConfiguration = find(option, fixed, given); // Also when the file has it: see above.
        return inConfiguration == null ? inFile : inConfiguration;
    }

    private static @Nullable String find(String option, List<byte[]> keys, byte[] given) {
        int found = 0;
        for (int i = 0; i < keys.size(); i++) {
            if (MessageDigest.isEqual(keys.get(i), given)) {
                found = i + 1;
            }
        }
        return found == 0 ? null : option + " no. " + found;
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
