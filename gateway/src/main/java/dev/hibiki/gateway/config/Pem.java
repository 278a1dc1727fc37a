package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.runtime.FailureReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and keys from PEM files (RFC 7468), and ignores everything else in them. Stateless. */
public final class Pem {
    private static final Pattern SECTION =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s([^-]*)-----END \\1-----", Pattern.DOTALL);

    private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----");
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String KEY = "PRIVATE KEY";
    private static final byte DER_SEQUENCE = 0x30;
    /** Java refuses smaller ones, and each handshake fails with some. */
    private static final int MIN_RSA_BITS = 1024;

    private Pem() {}

    /** All certificates, in the order of the file; at least one. */
    public static List<X509Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        List<X509Certificate> certificates = new ArrayList<>();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (byte[] section : sections(file, CERTIFICATE)) {
            Certificate certificate = factory.generateCertificate(new ByteArrayInputStream(section));
            certificates.add((X509Certificate) certificate);
        }
        if (certificates.isEmpty()) {
            throw missing(
                    file,
                    CERTIFICATE,
                    "-----BEGIN CERTIFICATE-----, as openssl x509 -inform der or openssl pkcs12 -nokeys makes it");
        }
        return certificates;
    }

    /** The only private key in the file. */
    public static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        List<byte[]> keys = sections(file, KEY);
        if (keys.isEmpty()) {
            throw missing(
                    file,
                    KEY,
                    "-----BEGIN PRIVATE KEY-----, PKCS #8 and not encrypted, as openssl pkcs8 -topk8 -nocrypt makes it");
        }
        if (keys.size() > 1) {
            throw new GeneralSecurityException("it has " + keys.size() + " \"" + KEY + "\" (expected: one)");
        }
        PrivateKey key = key(keys.get(0));
        if (key instanceof RSAPrivateKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
            throw new GeneralSecurityException("it is an RSA key of "
                    + rsa.getModulus().bitLength() + " bits, which TLS does not accept (expected: 2048 or more)");
        }
        return key;
    }

    private static PrivateKey key(byte[] encoded) throws GeneralSecurityException {
        GeneralSecurityException none = new GeneralSecurityException(
                "its key is damaged, or of an unknown kind (expected: RSA, EC, Ed25519 or Ed448)");
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException e) {
                none.addSuppressed(e);
            }
        }
        throw none;
    }

    /** Says what is in a file in place of a section with this title. */
    private static GeneralSecurityException missing(Path file, String title, String expected) throws IOException {
        byte[] content = KeyFiles.bytes(file);
        String found = content.length == 0 ? "it is empty" : "it has no \"" + title + '"';
        if (content.length > 1 && content[0] == DER_SEQUENCE && content[1] < 0) {
            found = "it is binary, as DER and PKCS #12 are, and not PEM";
        }
        Set<String> titles = new LinkedHashSet<>();
        Matcher begin = BEGIN.matcher(text(content));
        while (begin.find()) {
            titles.add('"' + begin.group(1) + '"');
        }
        return new GeneralSecurityException(found + (titles.isEmpty() ? "" : ", but " + String.join(", ", titles))
                + " (expected: " + expected + ")");
    }

    /** Returns a file that can be read now. Its content is not checked. */
    public static Path file(Values values, Option option) throws ConfigException {
        Path file = values.file(option);
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new IOException("it is not a file");
            }
            Files.newInputStream(file).close();
            return file;
        } catch (IOException e) {
            throw values.wrong(option, "a readable file in PEM; " + FailureReason.of(e));
        }
    }

    /** Says why a method of this class failed, without names of Java's classes. */
    public static String reason(Exception failure) {
        if (failure instanceof IOException) {
            return FailureReason.of(failure);
        }
        return failure.getClass().equals(GeneralSecurityException.class)
                ? String.valueOf(failure.getMessage())
                : "it is damaged, or of an unknown kind: " + innermost(failure);
    }

    /** The message of the innermost cause. Java puts the name of a class before the message of a cause. */
    public static String innermost(Throwable failure) {
        Throwable cause = failure;
        for (Throwable next = cause; next != null; next = next.getCause()) {
            cause = next;
        }
        return String.valueOf(cause.getMessage());
    }

    /** The decoded content of each section with this title. */
    static List<byte[]> sections(Path file, String title) throws IOException {
        List<byte[]> sections = new ArrayList<>();
        String text = text(KeyFiles.bytes(file));
        Matcher matcher = SECTION.matcher(text);
        while (matcher.find()) {
            if (matcher.group(1).equals(title)) {
                try {
                    sections.add(Base64.getMimeDecoder().decode(matcher.group(2)));
                } catch (IllegalArgumentException e) {
                    throw new IOException("its \"" + title + "\" is not base64", e);
                }
            }
        }
        long begun = BEGIN.matcher(text)
                .results()
                .filter(begin -> begin.group(1).equals(title))
                .count();
        if (begun > sections.size()) {
            throw new IOException("a \"" + title + "\" in it is cut off, or damaged (expected: base64 up to -----END "
                    + title + "-----)");
        }
        return sections;
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.ISO_8859_1);
    }
}
