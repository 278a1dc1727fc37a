package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsIdentityTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant NEXT_YEAR = Instant.parse("2027-01-01T00:00:00Z");
    private static final String OPTION = "--tls-cert-file";

    @TempDir
    Path folder = Path.of("");

    private final X509Bundle root;
    private final X509Bundle authority;
    private final X509Bundle leaf;

    TlsIdentityTest() throws Exception {
        root = authority("CN=root").buildSelfSigned();
        authority = authority("CN=authority").buildIssuedBy(root);
        leaf = certificate("CN=leaf").buildIssuedBy(authority);
    }

    private static CertificateBuilder certificate(String subject) {
        return new CertificateBuilder()
                .subject(subject)
                .ecp256()
                .notBefore(Instant.EPOCH)
                .notAfter(NEXT_YEAR);
    }

    private static CertificateBuilder authority(String subject) {
        return certificate(subject).setIsCertificateAuthority(true);
    }

    private static TlsIdentity identity(KeyPair keys, List<X509Certificate> certificates)
            throws GeneralSecurityException {
        return TlsIdentity.of(certificates, OPTION, keys.getPrivate());
    }

    private static List<X509Certificate> certificates(X509Bundle... bundles) {
        return Stream.of(bundles).map(X509Bundle::getCertificate).toList();
    }

    @Test
    void shouldPutTheChainInOrderAndLeaveOutOtherCertificates() throws Exception {
        X509Bundle rekeyed = authority("CN=authority").buildIssuedBy(root);
        X509Bundle stranger = certificate("CN=stranger").buildIssuedBy(authority);
        List<X509Certificate> file =
                new ArrayList<>(certificates(leaf, leaf, authority, root, rekeyed, stranger, authority));
        Random random = new Random(1);
        for (int i = 0; i < 20; i++) {
            TlsIdentity identity = identity(leaf.getKeyPair(), file);
            assertThat(identity.chain()).isEqualTo(certificates(leaf, authority, root));
            assertThat(identity.leftOutOf(OPTION))
                    .startsWith("--tls-cert-file: the gateway leaves out 4 of 7 certificates in the file, ")
                    .contains("\"CN=leaf\"");
            Collections.shuffle(file, random);
        }
        TlsIdentity usual = identity(leaf.getKeyPair(), certificates(leaf, authority));
        assertThat(usual.chain()).isEqualTo(certificates(leaf, authority));
        assertThat(usual.leftOutOf(OPTION)).isNull();
    }

    @Test
    void shouldPreferTheRenewedCertificateAndEndWhereAuthoritiesSignEachOther() throws Exception {
        X509Bundle renewed = certificate("CN=leaf")
                .keyPair(leaf.getKeyPair())
                .notAfter(NEXT_YEAR.plusSeconds(1))
                .buildIssuedBy(authority);
        X509Bundle cross = authority("CN=root").keyPair(root.getKeyPair()).buildIssuedBy(authority);

        assertThat(identity(leaf.getKeyPair(), certificates(leaf, renewed, authority))
                        .chain())
                .isEqualTo(certificates(renewed, authority));
        assertThat(identity(leaf.getKeyPair(), certificates(cross, authority, leaf))
                        .chain())
                .isEqualTo(certificates(leaf, authority, cross));
    }

    @Test
    void shouldRefuseTheKeyOfAnAuthority() {
        assertThatThrownBy(() -> identity(authority.getKeyPair(), certificates(leaf, authority)))
                .hasMessage(
                        "it is the key of an authority, the certificate of \"CN=authority\", which issued another one in"
                                + " --tls-cert-file (expected: the key of that one)");
    }

    @ParameterizedTest
    @CsvSource({"RSA, 1024, RSA, 2048", "EC, 256, EC, 384", "RSA, 2048, EC, 256", "Ed25519, 255, Ed448, 448"})
    void shouldSayThatAKeyOfAnotherSizeOrKindIsNotThatOfTheCertificate(
            String algorithm, int size, String other, int otherSize) throws Exception {
        X509Certificate certificate = authority("CN=a")
                .publicKey(keys(algorithm, size).getPublic())
                .buildIssuedBy(root)
                .getCertificate();

        assertThatThrownBy(() -> identity(keys(other, otherSize), List.of(certificate)))
                .hasMessageStartingWith("it is not the key of a certificate in --tls-cert-file (expected: ");
    }

    private static KeyPair keys(String algorithm, int size) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(size);
        return generator.generateKeyPair();
    }

    @ParameterizedTest
    @CsvSource({
        "RSA, 512, 'it is an RSA key of 512 bits, which TLS does not accept (expected: 2048 or more)'",
        "DSA, 1024, 'its key is damaged, or of an unknown kind (expected: RSA, EC, Ed25519 or Ed448)'"
    })
    void shouldRefuseAKeyThatTlsDoesNotTake(String algorithm, int size, String reason) throws Exception {
        Path key = Files.writeString(
                folder.resolve("key"),
                X509Bundle.fromRootCertificateAuthority(root.getCertificate(), keys(algorithm, size))
                        .getPrivateKeyPEM());

        assertThatThrownBy(() -> Pem.key(key)).hasMessage(reason);
    }

    @Test
    void shouldSayWhichCertificateIsNotValidOrNotForLong() throws Exception {
        X509Bundle future = certificate("CN=leaf").notBefore(NOW.plusSeconds(1)).buildIssuedBy(authority);
        X509Bundle old = authority("CN=old").notAfter(NOW.minusSeconds(1)).buildIssuedBy(root);
        X509Bundle ofOld = certificate("CN=leaf").notAfter(NOW.plusSeconds(60)).buildIssuedBy(old);

        assertThat(identity(leaf.getKeyPair(), certificates(leaf, authority)).invalidity(NOW, "clients"))
                .isNull();
        assertThat(invalidity(future))
                .isEqualTo(
                        "the certificate of \"CN=leaf\" is not valid until 2026-01-01T00:00:01Z, and clients will refuse"
                                + " it (expected: the right time on this machine, or an older certificate)");
        assertThat(invalidity(ofOld, old))
                .isEqualTo(
                        "the certificate of \"CN=old\" has expired, and clients may refuse it (expected: a renewed one)");
        assertThat(invalidity(ofOld))
                .isEqualTo("the certificate of \"CN=leaf\" expires within 7 days (expected: a renewed one)");
        assertThat(identity(leaf.getKeyPair(), certificates(leaf))
                        .invalidity(NEXT_YEAR.minus(Duration.ofDays(7)), "clients"))
                .isNull();
        assertThat(invalidity(old))
                .isEqualTo(
                        "the certificate of \"CN=old\" has expired, and clients will refuse it (expected: a renewed one)");
    }

    private static String invalidity(X509Bundle first, X509Bundle... others) throws GeneralSecurityException {
        List<X509Certificate> all = new ArrayList<>(certificates(first));
        all.addAll(certificates(others));
        return String.valueOf(identity(first.getKeyPair(), all).invalidity(NOW, "clients"));
    }
}
