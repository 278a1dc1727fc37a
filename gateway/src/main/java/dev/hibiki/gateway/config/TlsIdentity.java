package dev.hibiki.gateway.config;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A private key, its certificate, and the chain behind that. Immutable.
 *
 * <p>Java's TLS takes only a chain in order, without anything else. HAProxy and nginx are less strict, so people have other
 * files. {@code CertPathBuilder} does not help: it finds no chain for a certificate that has expired, or has a weak signature.
 *
 * @param chain the certificate of the key, and behind each certificate that of its issuer
 * @param leftOut how many other certificates there were, and copies of those in the chain
 */
public record TlsIdentity(PrivateKey key, List<X509Certificate> chain, int leftOut) {
    /** Operators want to know of a certificate that expires within this time. */
    private static final Duration SOON = Duration.ofDays(7);

    private static final byte[] PROBE = {'h', 'i', 'b', 'i', 'k', 'i'};

    /**
     * Reads the files.
     *
     * @throws IOException whose message names the option, the file and what is wrong with it
     */
    public static TlsIdentity read(String certificateOption, Path certificateFile, String keyOption, Path keyFile)
            throws IOException {
        List<X509Certificate> certificates;
        try {
            certificates = Pem.certificates(certificateFile);
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException(certificateOption + ": \"" + certificateFile + "\": " + Pem.reason(e), e);
        }
        try {
            return of(certificates, certificateOption, Pem.key(keyFile));
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException(keyOption + ": \"" + keyFile + "\": " + Pem.reason(e), e);
        }
    }

    /**
     * Finds the certificate of the key, and its chain.
     *
     * @param certificates in any order
     * @param option that names their file
     * @throws GeneralSecurityException that says what is wrong with the key
     */
    public static TlsIdentity of(List<X509Certificate> certificates, String option, PrivateKey key)
            throws GeneralSecurityException {
        Set<X509Certificate> others = new LinkedHashSet<>(certificates);
        X509Certificate next = certificateOf(key, others).orElse(null);
        if (next == null) {
            throw new GeneralSecurityException("it is not the key of a certificate in " + option
                    + " (expected: the key that was made together with it)");
        }
        List<X509Certificate> chain = new ArrayList<>();
        while (next != null) {
            chain.add(next);
            others.remove(next);
            next = issuerOf(next, others).orElse(null);
        }
        X509Certificate first = chain.get(0);
        if (others.stream().anyMatch(one -> isIssuedBy(one, first) && !isIssuedBy(first, one))) {
            throw new GeneralSecurityException("it is the key of an authority, " + named(first)
                    + ", which issued another one in " + option + " (expected: the key of that one)");
        }
        return new TlsIdentity(key, List.copyOf(chain), certificates.size() - chain.size());
    }

    /** Without this check, a wrong key would show only when somebody connects. */
    private static Optional<X509Certificate> certificateOf(PrivateKey key, Set<X509Certificate> certificates)
            throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(PROBE);
        byte[] signature = signing.sign();
        return newest(certificates.stream().filter(one -> isOf(one.getPublicKey(), signature, algorithm)));
    }

    /** There are several with the same key, or the same issuer, where a certificate was renewed. */
    private static Optional<X509Certificate> newest(Stream<X509Certificate> certificates) {
        return certificates.max(Comparator.comparing(X509Certificate::getNotAfter));
    }

    private static boolean isOf(PublicKey key, byte[] signature, String algorithm) {
        try {
            Signature verifying = Signature.getInstance(algorithm);
            verifying.initVerify(key);
            verifying.update(PROBE);
            return verifying.verify(signature);
        } catch (GeneralSecurityException e) { // A key of another algorithm, curve or size.
            return false;
        }
    }

    private static Optional<X509Certificate> issuerOf(X509Certificate issued, Set<X509Certificate> others) {
        return issued.getIssuerX500Principal().equals(issued.getSubjectX500Principal())
                ? Optional.empty()
                : newest(others.stream().filter(one -> isIssuedBy(issued, one)));
    }

    private static boolean isIssuedBy(X509Certificate issued, X509Certificate issuer) {
        if (!issued.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return false;
        }
        try {
            issued.verify(issuer.getPublicKey());
            return true;
        } catch (NoSuchAlgorithmException e) { // Clients may know it. The name must do.
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The name of the key's certificate. */
    public String subject() {
        return chain.get(0).getSubjectX500Principal().getName();
    }

    /** The earliest time at which a certificate of the chain expires. */
    public Instant expires() {
        return chain.stream()
                .map(one -> one.getNotAfter().toInstant())
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    /**
     * Says which certificate of the chain is not valid now, or not for long; null when all are.
     *
     * @param peer who refuses it
     */
    public @Nullable String invalidity(Instant now, String peer) {
        for (X509Certificate one : chain) {
            Instant begin = one.getNotBefore().toInstant();
            boolean early = now.isBefore(begin);
            if (early || now.isAfter(one.getNotAfter().toInstant())) {
                return named(one) + (early ? " is not valid until " + begin : " has expired") + ", and " + peer
                        + (one.equals(chain.get(0)) ? " will" : " may") + " refuse it (expected: "
                        + (early ? "the right time on this machine, or an older certificate" : "a renewed one") + ")";
            }
        }
        for (X509Certificate one : chain) {
            if (now.plus(SOON).isAfter(one.getNotAfter().toInstant())) {
                return named(one) + " expires within " + SOON.toDays() + " days (expected: a renewed one)";
            }
        }
        return null;
    }

    private static String named(X509Certificate certificate) {
        return "the certificate of \"" + certificate.getSubjectX500Principal().getName() + '"';
    }

    /** Says how many certificates of the file are not used; null when all are. */
    public @Nullable String leftOutOf(String option) {
        return leftOut == 0
                ? null
                : option + ": the gateway leaves out " + leftOut + " of " + (leftOut + chain.size())
                        + " certificates in the file, which are copies, or not in the chain of \"" + subject()
                        + "\" (expected: its certificate, and those of the authorities between it and the root)";
    }
}
