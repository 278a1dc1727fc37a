package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.config.TlsSettings;
import dev.hibiki.testing.SelfSignedCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsCertificateTest {
    @TempDir
    Path folder = Path.of("");

    private Path file = folder;

    @BeforeEach
    void writeCertificate() {
        file = folder.resolve("both.pem");
        SelfSignedCertificate.create().writePem(file);
    }

    private static TlsCertificate load(Path certificate, Path key) throws IOException {
        return TlsCertificate.load(new TlsSettings(certificate, key, 5_000, 5_000, TlsEngine.AUTO));
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    @Test
    void shouldReadCertificateAndKeyAmongOtherText() throws IOException {
        String pem = Files.readString(file);
        int key = pem.indexOf("-----BEGIN PRIVATE KEY");
        Path certificate = file(
                "certificate.pem", "subject=CN = a\r\n" + pem.substring(0, key).replace("\n", "\r\n"));

        TlsCertificate loaded = load(certificate, file("key.pem", "Bag Attributes\n" + pem.substring(key)));

        assertThat(loaded.subject()).isEqualTo("CN=localhost");
        assertThat(loaded.expires()).isBetween(Instant.now(), Instant.now().plus(Duration.ofDays(1)));
        assertThat(loaded.context().isServer()).isTrue();
        assertThat(loaded.context().applicationProtocolNegotiator().protocols()).containsExactly("http/1.1");
        assertThat(loaded.context().cipherSuites())
                .isNotEmpty()
                .allMatch(suite -> suite.matches("TLS_(ECDHE_(RSA|ECDSA)_WITH_)?(AES_.*_GCM|CHACHA20_POLY1305)_.*"));
    }

    @ParameterizedTest
    @CsvSource({"AUTO, OpenSSL (BoringSSL)", "JDK, JDK", "OPENSSL, OpenSSL (BoringSSL)"})
    void shouldUseTheConfiguredEngine(TlsEngine asked, String engine) throws IOException {
        assertThat(TlsCertificate.load(new TlsSettings(file, file, 5_000, 5_000, asked))
                        .engine())
                .isEqualTo(engine);
    }

    /** Netty's OpenSSL starts with such a key, and then fails in each handshake. */
    @Test
    void shouldUseJavasTlsForAnEd25519KeyAndRefuseItWhereOpenSslIsAskedFor() throws IOException {
        SelfSignedCertificate.createEd25519().writePem(file);

        TlsCertificate loaded = load(file, file);
        assertThat(loaded.engine()).isEqualTo("JDK");
        assertThat(loaded.withoutOpenSsl()).isEqualTo("it takes no EdDSA keys, such as Ed25519 (expected: RSA or EC)");
        assertThatThrownBy(() -> TlsCertificate.load(new TlsSettings(file, file, 5_000, 5_000, TlsEngine.OPENSSL)))
                .hasMessage("--tls-engine: OpenSSL cannot be used here: " + loaded.withoutOpenSsl());
    }

    @Test
    void shouldRefuseAKeyOfAnotherCertificate() {
        Path other = folder.resolve("other.pem");
        SelfSignedCertificate.create().writePem(other);

        assertThatThrownBy(() -> load(file, other))
                .hasMessage("--tls-key-file: \"" + other + "\": it is not the key of the certificate");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no PEM|it has no certificate (expected: -----BEGIN CERTIFICATE-----)",
                "-----BEGIN CERTIFICATE-----\\nA\\n-----END CERTIFICATE-----|its \"CERTIFICATE\" is not base64",
                "-----BEGIN CERTIFICATE-----\\n-----END CERTIFICATE-----|it is damaged, or of an unknown kind: Empty input",
                "-----BEGIN PRIVATE KEY-----\\n-----END PRIVATE KEY-----|it has a private key and no certificate: is it the"
                        + " file of the key?",
            })
    void shouldNameTheErrorInACertificate(String content, String reason) throws IOException {
        Path bad = file("bad.pem", content.replace("\\n", "\n"));

        assertThatThrownBy(() -> load(bad, file)).hasMessage("--tls-cert-file: \"" + bad + "\": " + reason);
    }

    @Test
    void shouldNameAKeyOfAnotherKindAndAMissingFileWithoutNamesOfClasses() {
        Path key = folder.resolve("ed25519.pem");
        SelfSignedCertificate.createEd25519().writePem(key);

        assertThatThrownBy(() -> load(file, key))
                .hasMessageStartingWith("--tls-key-file: \"" + key + "\": its key is damaged, or not of the kind ")
                .hasMessageNotContaining("Exception");
        assertThatThrownBy(() -> load(folder.resolve("none"), key)).hasMessageEndingWith(": there is no such file");
    }

    @ParameterizedTest
    @CsvSource({"EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY"})
    void shouldNameTheExpectedKindOfKey(String title) throws IOException {
        Path key = file("key.pem", "-----BEGIN " + title + "-----\nbm8=\n-----END " + title + "-----\n");

        assertThatThrownBy(() -> load(file, key))
                .hasMessageStartingWith("--tls-key-file: \"" + key + "\": it has no \"PRIVATE KEY\"")
                .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt");
    }
}
