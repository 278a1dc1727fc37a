package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.config.TlsSettings;
import dev.hibiki.testing.SelfSignedCertificate;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.RSAKeyGenParameterSpec;
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

        assertThat(loaded.identity().subject()).isEqualTo("CN=localhost");
        assertThat(loaded.identity().expires())
                .isBetween(Instant.now(), Instant.now().plus(Duration.ofDays(1)));
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
                .hasMessage("--tls-key-file: \"" + other + "\": it is not the key of a certificate in --tls-cert-file"
                        + " (expected: the key that was made together with it)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no PEM|it has no \"CERTIFICATE\" (expected: -----BEGIN CERTIFICATE-----, ",
                "''|it is empty (expected: -----BEGIN CERTIFICATE-----, ",
                "0\u0082\u0001|it is binary, as DER and PKCS #12 are, and not PEM (expected: -----BEGIN CERTIFICATE-----, ",
                "-----BEGIN CERTIFICATE-----\\nA\\n-----END CERTIFICATE-----|its \"CERTIFICATE\" is not base64",
                "-----BEGIN CERTIFICATE-----\\nAAAA|a \"CERTIFICATE\" in it is cut off, or damaged (expected: base64 up to ",
                "-----BEGIN CERTIFICATE-----\\n-----END CERTIFICATE-----|it is damaged, or of an unknown kind: Empty input",
                "-----BEGIN PRIVATE KEY-----\\n-----END PRIVATE KEY-----|it has no \"CERTIFICATE\", but \"PRIVATE KEY\" (",
                "-----BEGIN PKCS7-----\\n-----END PKCS7-----|it has no \"CERTIFICATE\", but \"PKCS7\" (",
            })
    void shouldNameTheErrorInACertificate(String content, String reason) throws IOException {
        Path bad =
                Files.writeString(folder.resolve("bad.pem"), content.replace("\\n", "\n"), StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> load(bad, file)).hasMessageStartingWith("--tls-cert-file: \"" + bad + "\": " + reason);
    }

    @Test
    void shouldNameAMissingFileWithoutNamesOfClasses() {
        assertThatThrownBy(() -> load(folder.resolve("none"), file)).hasMessageEndingWith(": there is no such file");
    }

    /** BoringSSL takes only public exponents of up to 33 bits. */
    @Test
    void shouldNameTheFileAndTheEngineBeforeTheWordsOfALibrary() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(
                new RSAKeyGenParameterSpec(1024, BigInteger.ONE.shiftLeft(40).add(BigInteger.valueOf(15))));
        KeyPair keys = generator.generateKeyPair();
        X509Bundle root = new CertificateBuilder()
                .subject("CN=root")
                .ecp256()
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        X509Bundle leaf = new CertificateBuilder()
                .subject("CN=leaf")
                .publicKey(keys.getPublic())
                .buildIssuedBy(root);
        Path pem = file(
                "rsa.pem",
                leaf.getCertificatePEM()
                        + X509Bundle.fromRootCertificateAuthority(root.getCertificate(), keys)
                                .getPrivateKeyPEM());

        assertThatThrownBy(() -> load(pem, pem))
                .hasMessageStartingWith(
                        "--tls-cert-file: \"" + pem
                                + "\": OpenSSL cannot use this certificate with its key (expected: another pair, or --tls-engine jdk): ");
    }

    @ParameterizedTest
    @CsvSource({"EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY"})
    void shouldNameTheExpectedKindOfKey(String title) throws IOException {
        Path key = file("key.pem", "-----BEGIN " + title + "-----\nbm8=\n-----END " + title + "-----\n");

        assertThatThrownBy(() -> load(file, key))
                .hasMessageStartingWith(
                        "--tls-key-file: \"" + key + "\": it has no \"PRIVATE KEY\", but \"" + title + "\" (expected: ")
                .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt");
    }
}
