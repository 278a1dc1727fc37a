package dev.hibiki.gateway.auth;

import com.nimbusds.jose.JOSEException;
import dev.hibiki.gateway.config.KeyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The keys that verify tokens, from all their sources. Thread-safe; only the thread of {@link Auth} changes it. */
final class KeySet {
    private volatile List<VerificationKey> fromSecret = List.of();
    private volatile List<VerificationKey> fromPem = List.of();
    private volatile List<VerificationKey> current = List.of();
    private final @Nullable Jwks jwks;

    KeySet(@Nullable Jwks jwks) {
        this.jwks = jwks;
        if (jwks != null) {
            jwks.onChange(this::merge);
        }
    }

    List<VerificationKey> current() {
        return current;
    }

    /** Asks the JWKS URL for new keys. @return false when none can be expected soon */
    boolean fetchMore() {
        return jwks != null && jwks.refetch();
    }

    void readSecret(Path file) throws IOException {
        try {
            fromSecret = List.of(VerificationKey.ofSecret(KeyFiles.secret(file)));
        } catch (JOSEException e) {
            throw new IOException(e.getMessage(), e);
        }
        merge();
    }

    void readPublicKeys(Path file) throws IOException {
        List<VerificationKey> keys = new ArrayList<>();
        try {
            for (PublicKey key : KeyFiles.publicKeys(file)) {
                keys.add(VerificationKey.of(null, key));
            }
        } catch (JOSEException e) {
            throw new IOException(e.getMessage(), e);
        }
        fromPem = List.copyOf(keys);
        merge();
    }

    private void merge() {
        List<VerificationKey> fromUrl = jwks == null ? List.of() : jwks.keys();
        current = Stream.of(fromSecret, fromPem, fromUrl).flatMap(List::stream).toList();
    }
}
