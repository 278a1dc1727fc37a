package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.config.TlsSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
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
}
