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
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and keys from PEM files (RFC 7468), and ignores everything else in them. Stateless. */
public final class Pem {
    private static final Pattern SECTION =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s([^-]*)-----END \\1-----", Pattern.DOTALL);

    private static final String KEY = "PRIVATE KEY";
    private static final byte[] PROBE = {'h', 'i', 'b', 'i', 'k', 'i'};

    private Pem() {}

    /** All certificates, in the order of the file; at least one. */
    public static X509Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
        List<X509Certificate> certificates = new ArrayList<>();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (byte[] section : sections(file, "CERTIFICATE")) {
            Certificate certificate = factory.generateCertificate(new ByteArrayInputStream(section));
            certificates.add((X509Certificate) certificate);
        }
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException(
                    sections(file, KEY).isEmpty()
                            ? "it has no certificate (expected: -----BEGIN CERTIFICATE-----)"
                            : "it has a private key and no certificate: is it the file of the key?");
        }
        return certificates.toArray(new X509Certificate[0]);
    }

    /** The only private key in the file; its algorithm must be the one of the certificate's public key. */
    public static PrivateKey key(Path file, String algorithm) throws IOException, GeneralSecurityException {
        List<byte[]> keys = sections(file, KEY);
        if (keys.size() == 1) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(keys.get(0)));
            } catch (InvalidKeySpecException e) {
                throw new GeneralSecurityException(
                        "its key is damaged, or not of the kind " + algorithm
                                + ", which the certificate has (expected: the key of the certificate): " + innermost(e),
                        e);
            }
        }
        throw new GeneralSecurityException("it has " + (keys.isEmpty() ? "no" : "more than one") + " \"" + KEY
                + "\" (expected: one, PKCS #8 and not encrypted, as openssl pkcs8 -topk8 -nocrypt makes it)");
    }

    /** Whether the key belongs to the certificate. Without this check, the mistake would show only when somebody connects. */
    public static boolean isPair(PrivateKey key, PublicKey known) throws GeneralSecurityException {
        String algorithm = switch (known.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "EdDSA";
            default ->
                throw new GeneralSecurityException("keys of " + known.getAlgorithm() + " (expected: RSA, EC or EdDSA)");
        };
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(PROBE);
        Signature verifying = Signature.getInstance(algorithm);
        verifying.initVerify(known);
        verifying.update(PROBE);
        return verifying.verify(signing.sign());
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

    /** Java puts the name of a class before the message of a cause. */
    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        for (Throwable next = cause; next != null; next = next.getCause()) {
            cause = next;
        }
        return String.valueOf(cause.getMessage());
    }

    /** The decoded content of each section with this title. */
    static List<byte[]> sections(Path file, String title) throws IOException {
        List<byte[]> sections = new ArrayList<>();
        Matcher matcher = SECTION.matcher(new String(KeyFiles.bytes(file), StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            if (matcher.group(1).equals(title)) {
                try {
                    sections.add(Base64.getMimeDecoder().decode(matcher.group(2)));
                } catch (IllegalArgumentException e) {
                    throw new IOException("its \"" + title + "\" is not base64", e);
                }
            }
        }
        return sections;
    }
}
