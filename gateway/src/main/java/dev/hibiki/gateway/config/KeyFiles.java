package dev.hibiki.gateway.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads the files that hold keys. Stateless. An error names the line, never its content, which may be secret.
 */
public final class KeyFiles {
    private static final int MAX_FILE_BYTES = 256 * 1024;
    private static final int MIN_SECRET_BYTES = 32;
    private static final Pattern PRINTABLE = Pattern.compile("[!-~]+");

    private KeyFiles() {}

    /** Reads one key from each line, except empty lines and those that begin with {@code #}. */
    public static List<String> keys(Path file) throws IOException {
        List<String> keys = new ArrayList<>();
        int number = 0;
        for (String line : new String(bytes(file), StandardCharsets.UTF_8).split("\\R", -1)) {
            number++;
            String key = line.strip();
            if (key.isEmpty() || key.startsWith("#")) {
                continue;
            }
            if (!isKey(key)) {
                throw new IOException("line " + number + " is not a key (expected: printable ASCII without spaces)");
            }
            keys.add(key);
        }
        if (keys.isEmpty()) {
            throw new IOException("it has no key (expected: one key in each line)");
        }
        return List.copyOf(keys);
    }

    static boolean isKey(String text) {
        return PRINTABLE.matcher(text).matches();
    }

    /** Reads all bytes of the file except line ends at its end. RFC 7518, section 3.2, requires at least 256 bits. */
    public static byte[] secret(Path file) throws IOException {
        byte[] bytes = bytes(file);
        int length = bytes.length;
        while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
            length--;
        }
        if (length < MIN_SECRET_BYTES) {
            throw new IOException("the secret has " + length + " bytes (expected: at least " + MIN_SECRET_BYTES + ")");
        }
        return Arrays.copyOf(bytes, length);
    }

    /** Reads the RSA, EC and Ed25519 keys of a PEM file; at least one. */
    public static List<PublicKey> publicKeys(Path file) throws IOException {
        List<PublicKey> keys = new ArrayList<>();
        for (byte[] section : Pem.sections(file, "PUBLIC KEY")) {
            keys.add(publicKey(section, keys.size() + 1));
        }
        if (keys.isEmpty()) {
            throw new IOException("it has no -----BEGIN PUBLIC KEY-----");
        }
        return List.copyOf(keys);
    }

    private static PublicKey publicKey(byte[] encoded, int number) throws IOException {
        IOException none = new IOException("public key " + number + " is of another type than RSA, EC and Ed25519");
        for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(encoded));
            } catch (GeneralSecurityException e) {
                none.addSuppressed(e);
            }
        }
        throw none;
    }

    static byte[] bytes(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new IOException("the file is larger than " + MAX_FILE_BYTES + " bytes");
        }
        return Files.readAllBytes(file);
    }
}
