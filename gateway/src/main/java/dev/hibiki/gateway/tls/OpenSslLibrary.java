package dev.hibiki.gateway.tls;

import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether OpenSSL can be used here; the jar brings it as BoringSSL, for Linux with glibc. Stateless.
 *
 * <p>The library is loaded at the first question, so that a gateway without a certificate never loads it. On musl, as in Alpine,
 * it would end the JVM with a segmentation fault, so that it is not even tried there.
 */
final class OpenSslLibrary {
    private static final Path MAPPED_FILES = Path.of("/proc/self/maps");

    /** BoringSSL takes so much memory for an idle connection: 6,170 B were measured, with 2,000 connections; see RESULTS.md. */
    static final int CONNECTION_BYTES = 6_400;

    private OpenSslLibrary() {}

    /**
     * The reason why OpenSSL cannot be used with a key, and what to do about it; null when it can be used.
     *
     * @param algorithm of the key
     */
    static @Nullable String unavailability(String algorithm) {
        if (algorithm.equals("EdDSA")) {
            return "it takes no EdDSA keys, such as Ed25519 (expected: RSA or EC)";
        }
        String musl = unavailabilityWith(mappedFiles());
        if (musl != null) {
            return musl;
        }
        return OpenSsl.isAvailable() ? null : reason(OpenSsl.unavailabilityCause());
    }

    /** The name and version of the library. Only where OpenSSL is available. */
    static String version() {
        return OpenSsl.versionString();
    }

    /** @param mappedFiles what {@code /proc/self/maps} lists */
    static @Nullable String unavailabilityWith(String mappedFiles) {
        return mappedFiles.contains("/ld-musl-")
                ? "it needs glibc, and this machine has musl (expected: an image with glibc, such as Debian's)"
                : null;
    }

    private static String mappedFiles() {
        try {
            return Files.readString(MAPPED_FILES);
        } catch (IOException e) { // Not on Linux.
            return "";
        }
    }

    /** @param failure Netty's, which tried several names of the library and suppressed why each could not be loaded */
    static String reason(Throwable failure) {
        if (failure instanceof ClassNotFoundException) {
            return "netty-tcnative is not on the class path (expected: the jar as it was built)";
        }
        Throwable first = failure.getSuppressed().length == 0 ? failure : failure.getSuppressed()[0];
        String text = String.valueOf(first.getMessage());
        if (text.contains("failed to map segment") || text.contains("Operation not permitted")) {
            return "its library would be loaded from a directory that does not allow programs (expected: one without noexec,"
                    + " by -Dio.netty.native.workdir=DIRECTORY in the options of Java): " + text;
        }
        if (text.startsWith("Multiple resources found")) {
            return "two libraries of it are on the class path (expected: only the one in the jar): " + text;
        }
        return "its library cannot be loaded on " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                + ": " + text;
    }
}
