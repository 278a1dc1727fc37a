package dev.hibiki.testing;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** A certificate with its key, usually valid for a day, by default for {@code localhost} and 127.0.0.1. Immutable. */
public final class SelfSignedCertificate {
    /** How far a clock may be slow. */
    private static final Duration SLACK = Duration.ofHours(1);

    private static final Duration VALIDITY = Duration.ofDays(1);

    private final X509Bundle bundle;

    private SelfSignedCertificate(X509Bundle bundle) {
        this.bundle = bundle;
    }

    public static SelfSignedCertificate create() {
        return make(new CertificateBuilder().ecp256().addSanDnsName("localhost").addSanIpAddress("127.0.0.1"));
    }

    /** One with a key for EdDSA, which not every implementation of TLS takes. */
    public static SelfSignedCertificate createEd25519() {
        return make(new CertificateBuilder()
                .algorithm(CertificateBuilder.Algorithm.ed25519)
                .addSanDnsName("localhost"));
    }

    /** @param host the only name of the certificate, such as {@code example.org} */
    public static SelfSignedCertificate createFor(String host) {
        return make(new CertificateBuilder().ecp256().addSanDnsName(host));
    }

    /** One that was valid until an hour ago. */
    public static SelfSignedCertificate createExpired() {
        return make(
                new CertificateBuilder().ecp256(), Instant.now().minus(VALIDITY).minus(SLACK));
    }

    private static SelfSignedCertificate make(CertificateBuilder named) {
        return make(named, Instant.now().minus(SLACK));
    }

    private static SelfSignedCertificate make(CertificateBuilder named, Instant begin) {
        try {
            return new SelfSignedCertificate(named.subject("CN=localhost")
                    .setIsCertificateAuthority(true)
                    .notBefore(begin)
                    .notAfter(begin.plus(VALIDITY))
                    .buildSelfSigned());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes the certificate and its key into one file, as for HAProxy's {@code crt}. */
    public void writePem(Path file) {
        write(file, bundle.getCertificatePEM() + bundle.getPrivateKeyPEM());
    }

    /** Writes the certificate alone, for clients that should trust it. */
    public void writeCertificate(Path file) {
        write(file, bundle.getCertificatePEM());
    }

    private static void write(Path file, String pem) {
        try {
            Files.writeString(file, pem, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The SHA-256 of the certificate in DER, in hexadecimal. */
    public String fingerprint() {
        try {
            byte[] der = bundle.getCertificate().getEncoded();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes the key alone, as PKCS #8. */
    public void writeKey(Path file) {
        write(file, bundle.getPrivateKeyPEM());
    }

    /** The context of a client that trusts only this certificate. */
    public SSLContext clientContext() {
        return context(null, bundle.toTrustManagerFactory().getTrustManagers());
    }

    /** The context of a client that trusts only this certificate, and shows it, too. */
    public SSLContext mutualContext() {
        try {
            return context(
                    bundle.toKeyManagerFactory().getKeyManagers(),
                    bundle.toTrustManagerFactory().getTrustManagers());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The context of a server with this certificate. */
    public SSLContext serverContext() {
        try {
            return context(bundle.toKeyManagerFactory().getKeyManagers(), null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(KeyManager @Nullable [] keys, TrustManager @Nullable [] trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
