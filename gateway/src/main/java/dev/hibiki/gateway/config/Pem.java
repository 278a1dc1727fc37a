package dev.hibiki.gateway.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
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
                            ? "it holds no certificate"
                            : "it holds a private key and no certificate; were --tls-cert-file and --tls-key-file"
                                    + " interchanged?");
        }
        return certificates.toArray(new X509Certificate[0]);
    }

    /** The only private key in the file; its algorithm must be the one of the certificate's public key. */
    public static PrivateKey key(Path file, String algorithm) throws IOException, GeneralSecurityException {
        List<byte[]> keys = sections(file, KEY);
        if (keys.size() == 1) {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(keys.get(0)));
        }
        throw new GeneralSecurityException("it holds " + (keys.isEmpty() ? "no" : "more than one") + " \"" + KEY
                + "\" (expected: one, PKCS #8 and not encrypted, as openssl pkcs8 -topk8 -nocrypt makes it)");
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
