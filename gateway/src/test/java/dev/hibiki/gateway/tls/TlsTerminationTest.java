package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.config.TlsSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.SelfSignedCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTerminationTest {
    private static final int NEVER_MS = 1_000_000_000;

    @TempDir
    Path folder = Path.of("");

    private final GatewayMetrics metrics = new GatewayMetrics();

    @AfterEach
    void close() {
        metrics.close();
    }

    private TlsTermination open(Path certificate, Path key) throws IOException {
        return new TlsTermination(new TlsSettings(certificate, key, 5_000, NEVER_MS, TlsEngine.AUTO), metrics);
    }

    @Test
    void shouldReportAMissingFileOnceAndReadItWhenItIsBack() throws IOException {
        Path certificate = folder.resolve("certificate.pem");
        SelfSignedCertificate.create().writePem(certificate);
        Path key = Files.copy(certificate, folder.resolve("key.pem"));
        try (TlsTermination tls = open(certificate, key)) {
            byte[] content = Files.readAllBytes(key);
            Files.delete(key);
            tls.reloadIfChanged();
            tls.reloadIfChanged();
            assertThat(metrics.scrape()).contains("hibiki_tls_reloads_total{result=\"error\"} 1.0");

            Files.write(key, content);
            tls.reloadIfChanged();
            tls.reloadIfChanged();
            assertThat(metrics.scrape())
                    .contains("hibiki_tls_reloads_total{result=\"error\"} 1.0")
                    .contains("hibiki_tls_reloads_total{result=\"ok\"} 1.0");
        }
    }

    @Test
    void shouldNameTheOptionOfAMissingFile() {
        Path missing = folder.resolve("missing.pem");

        assertThatThrownBy(() -> open(missing, missing))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--tls-cert-file: \"" + missing + '"');
    }

    @Test
    void shouldWarnOfAnExpiredCertificateAndOfOthersInTheFile() throws Exception {
        Path file = folder.resolve("old.pem");
        SelfSignedCertificate.createExpired().writePem(file);
        Files.writeString(
                file, Files.readString(file).replaceFirst("(?s)(-----BEGIN CERT.*END CERTIFICATE-----)", "$1\n$1"));

        try (LogCapture log = LogCapture.start();
                TlsTermination tls = open(file, file)) {
            tls.start();

            assertThat(String.join("\n", log.lines()))
                    .contains(
                            "Clients connect with TLS, but the certificate of \"CN=localhost\" has expired, and clients will"
                                    + " refuse it (expected: a renewed one)")
                    .contains("--tls-cert-file: the gateway leaves out 1 of 2 certificates in the file");
        }
    }
}
