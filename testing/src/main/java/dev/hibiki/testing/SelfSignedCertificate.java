package dev.hibiki.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate, for {@code localhost} and 127.0.0.1 unless asked for others, valid for a day, and its key. Immutable.
 *
 * <p>The JDK has no public API that makes a certificate, but each JDK and JRE brings {@code keytool}, so that is what makes it: the {@code openssl}
 * program may be missing, and its options differ between versions.
 */
public final class SelfSignedCertificate {
    private static final String PASSWORD = "changeit";
    private static final String ALIAS = "test";
    private static final Duration KEYTOOL_ALLOWED = Duration.ofSeconds(30);

    private final Key key;
    private final Certificate certificate;

    private SelfSignedCertificate(Key key, Certificate certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    public static SelfSignedCertificate create() {
        return createFor("dns:localhost,ip:127.0.0.1");
    }

    /** @param names as keytool's SAN extension takes them, e.g. {@code dns:example.org,ip:127.0.0.1} */
    public static SelfSignedCertificate createFor(String names) {
        try (TempFolder folder = TempFolder.create("certificate")) {
            Path store = folder.file("store.p12");
            Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
            List<String> command = List.of(
                    keytool.toString(),
                    "-genkeypair",
                    "-alias",
                    ALIAS,
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "SAN=" + names,
                    "-validity",
                    "1",
                    "-startdate",
                    "-1H",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    PASSWORD);
            ExternalProcess.start("keytool", folder, command).awaitSuccess(KEYTOOL_ALLOWED);
            return read(store);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SelfSignedCertificate read(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        Key key = store.getKey(ALIAS, PASSWORD.toCharArray());
        return new SelfSignedCertificate(key, store.getCertificate(ALIAS));
    }

    /** Certificate and key in one file, as HAProxy's {@code crt} wants it. */
    public void writePem(Path file) {
        write(file, true);
    }

    /** The certificate alone, as those need it who are to trust it. */
    public void writeCertificate(Path file) {
        write(file, false);
    }

    private void write(Path file, boolean withKey) {
        try {
            String pem = section("CERTIFICATE", certificate.getEncoded());
            Files.writeString(
                    file, withKey ? pem + section("PRIVATE KEY", key.getEncoded()) : pem, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The SHA-256 of it in DER, in hexadecimal, by which a client may know it. */
    public String fingerprint() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For a client that trusts this certificate and no other. */
    public SSLContext clientContext() {
        return context(false);
    }

    /** For a server that shows this certificate. */
    public SSLContext serverContext() {
        return context(true);
    }

    private SSLContext context(boolean server) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            SSLContext context = SSLContext.getInstance("TLS");
            if (server) {
                store.setKeyEntry(ALIAS, key, PASSWORD.toCharArray(), new Certificate[] {certificate});
                KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                keys.init(store, PASSWORD.toCharArray());
                context.init(keys.getKeyManagers(), null, null);
            } else {
                store.setCertificateEntry(ALIAS, certificate);
                TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                trust.init(store);
                context.init(null, trust.getTrustManagers(), null);
            }
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String section(String title, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + title + "-----\n" + base64 + "\n-----END " + title + "-----\n";
    }
}
