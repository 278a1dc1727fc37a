package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.SelfSignedCertificate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gateway refuses clients that offer only unsafe versions or ciphers. Other failed handshakes are in {@link TlsIT}. */
@Tag("jdk")
final class TlsRefusalsIT {
    /** A ClientHello (RFC 5246, section 7.4.1.2) without extensions, of this version and with this one cipher suite. */
    private static final String HELLO =
            "16" + "0301" + "002d" + "01" + "000029" + "%s" + "00".repeat(32) + "00" + "0002" + "%s" + "0100";

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "version, 0301, 002f, 7, 7", // TLS 1.0
        "version, 0302, 002f, 7, 7", // TLS 1.1
        "cipher, 0303, 002f, 7, 0", // TLS_RSA_WITH_AES_128_CBC_SHA
        "cipher, 0303, c027, 7, 0" // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256
    })
    void shouldRefuseAnUnsafeOffer(String kind, String version, String cipher, int alertOfJdk, int alertOfOpenSsl)
            throws IOException {
        refuse(TlsEngine.JDK, kind, HELLO.formatted(version, cipher), alertOfJdk);
        refuse(TlsEngine.OPENSSL, kind, HELLO.formatted(version, cipher), alertOfOpenSsl);
    }

    /** @param alert the bytes of the answer, an alert; OpenSSL closes some connections without one */
    private void refuse(TlsEngine engine, String kind, String hello, int alert) throws IOException {
        Path pem = folder.resolve("gateway.pem");
        SelfSignedCertificate.create().writePem(pem);
        try (RunningGateway gateway = RunningGateway.start(
                        "--tls-cert-file",
                        pem.toString(),
                        "--tls-key-file",
                        pem.toString(),
                        "--tls-engine",
                        engine.name());
                RawClient old = new RawClient(gateway)) {
            old.send(HexFormat.of().parseHex(hello));

            String answer = old.readToEndOrReset();
            assertThat(answer).hasSize(alert).startsWith(alert == 0 ? "" : "\u0015\u0003");
            gateway.awaitMetric("hibiki_tls_handshake_failures_total{kind=\"" + kind + "\"}", 1);
            assertThat(gateway.metricSum("hibiki_tls_handshake_failures_total")).isOne();
        }
    }
}
