package dev.hibiki.gateway.tls;

import static dev.hibiki.gateway.tls.TlsFixture.CERTIFICATE;
import static dev.hibiki.gateway.tls.TlsFixture.assertReceives;
import static dev.hibiki.gateway.tls.TlsFixture.connect;
import static dev.hibiki.gateway.tls.TlsFixture.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.Gateway;
import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS handshakes, failed handshakes and new certificates, with each engine. What clients receive is in {@link TlsDeliveryIT}. */
@Tag("jdk")
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
final class TlsIT {
    private static final String FAILURES = "hibiki_tls_handshake_failures_total{kind=\"%s\"}";

    private final TlsFixture tls;

    TlsIT(TlsEngine engine, @TempDir Path folder) {
        tls = new TlsFixture(engine, folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldSpeakTls12AndTls13AndHttp11(String protocol) throws IOException {
        try (RunningGateway gateway = tls.start();
                TlsClient client = new TlsClient(gateway, CERTIFICATE.clientContext(), protocol)) {
            assertThat(client.protocol()).isEqualTo(protocol + " http/1.1");
            client.send("GET /ws HTTP/1.1\nHost: localhost\n\n");

            assertThat(client.lineWith("HTTP/1.1")).isEqualTo("HTTP/1.1 426 Upgrade Required");
            assertThat(gateway.metricSum("hibiki_tls_handshake_failures_total")).isZero();
        }
    }

    @Test
    void shouldTellAClientThatSpeaksPlainHttpToUseHttps() throws IOException {
        try (RunningGateway gateway = tls.start();
                RawClient client = new RawClient(gateway)) {
            client.send(RawClient.UPGRADE);

            assertThat(client.readToEnd())
                    .startsWith("HTTP/1.1 400 Bad Request\r\n")
                    .contains("\r\nContent-Length: 69\r\n", "\r\nConnection: close\r\n")
                    .endsWith("\r\n\r\n{\"error\":\"this port speaks TLS (expected: https:// or wss:// here)\"}\n");
            gateway.awaitMetric(FAILURES.formatted("plain_http"), 1);
            assertThat(gateway.metricSum("hibiki_tls_handshake_failures_total")).isEqualTo(1);
        }
    }

    @Test
    void shouldCountFailedHandshakesByTheirKind() throws IOException {
        try (RunningGateway gateway = tls.start()) {
            try (RawClient garbage = new RawClient(gateway)) {
                garbage.send("\u0000\u0001\u0002\u0003 nothing that anybody understands");
                garbage.readToEnd();
            }
            gateway.awaitMetric(FAILURES.formatted("not_tls"), 1);
            SelfSignedCertificate another = SelfSignedCertificate.create();
            assertThatThrownBy(() -> new TlsClient(gateway, another.clientContext(), "TLSv1.2").close())
                    .isInstanceOf(IOException.class);
            gateway.awaitMetric(FAILURES.formatted("alert"), 1);
            try (RawClient gone = new RawClient(gateway)) {
                gone.stopSending();
            }
            gateway.awaitMetric(FAILURES.formatted("closed"), 1);
            try (RawClient half = new RawClient(gateway)) {
                half.send("\u0016\u0003\u0001\u0001\u0000\u0001\u0000");
                half.stopSending();
            }
            gateway.awaitMetric(FAILURES.formatted("closed"), 2);
            assertThat(gateway.metricSum("hibiki_tls_handshake_failures_total")).isEqualTo(4);
            assertThat(gateway.connections()).isZero();
        }
        try (RunningGateway hasty = tls.start(200, 5_000);
                RawClient silent = new RawClient(hasty)) {
            silent.readToEnd();
            hasty.awaitMetric(FAILURES.formatted("timeout"), 1);
        }
    }

    /** Bytes that the gateway sends in the handshake are no answer to a request. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldTimeOutARequestOverTlsAsInPlainText(String protocol) throws IOException {
        try (RunningGateway gateway = tls.start("--request-timeout-ms", "1000", "--idle-timeout-ms", "600000");
                TlsClient silent = new TlsClient(gateway, CERTIFICATE.clientContext(), protocol)) {
            assertThat(silent.lineWith("HTTP")).isNull();
            gateway.awaitMetric("hibiki_refused_total{reason=\"request_timeout\"}", 1);
        }
    }

    @Test
    void shouldReadAProxyHeaderBeforeTls() {
        byte[] header = "PROXY TCP4 203.0.113.7 127.0.0.1 51312 443\r\n".getBytes(StandardCharsets.US_ASCII);
        try (RunningGateway gateway = tls.start("--trusted-proxy", "127.0.0.1");
                WebSocketClient client = WebSocketClient.to(gateway.ws("/"))
                        .preamble(header)
                        .tls(CERTIFICATE.clientContext())
                        .connect()) {
            publish(gateway, 0, 1);
            assertReceives(client, 1);
            assertThat(gateway.get("/sessions").body()).contains("\"address\":\"203.0.113.7\"");
        }
    }

    @Test
    void shouldUseANewCertificateForNewClientsAndKeepTheOldOneWhenTheNewOneIsInvalid() throws IOException {
        SelfSignedCertificate next = SelfSignedCertificate.create();
        try (RunningGateway gateway = tls.start(5_000, 100);
                WebSocketClient old = connect(gateway, "/", false)) {
            double expiry = gateway.metric("hibiki_tls_certificate_expiry_timestamp_seconds");
            assertThat(expiry).isGreaterThan(System.currentTimeMillis() / 1e3);
            replace("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n");
            gateway.awaitMetric("hibiki_tls_reloads_total{result=\"error\"}", 1);
            connect(gateway, "/", false).close();

            Path file = tls.file("next.pem");
            next.writePem(file);
            replace(Files.readString(file));
            gateway.awaitMetric("hibiki_tls_reloads_total{result=\"ok\"}", 1);
            try (TlsClient client = new TlsClient(gateway, next.clientContext(), null)) {
                assertThat(client.certificate()).isNotNull();
            }
            assertThatThrownBy(() -> connect(gateway, "/", false)).hasMessageContaining("No handshake");
            publish(gateway, 0, 1);
            assertReceives(old, 1);
            assertThat(gateway.metric("hibiki_tls_reloads_total{result=\"error\"}"))
                    .isEqualTo(1);
        }
    }

    /** Puts another file in its place under the same name, as certbot does. */
    private void replace(String content) throws IOException {
        Path fresh = tls.file("fresh.pem");
        Files.writeString(fresh, content);
        Files.move(fresh, tls.pem(), StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void shouldNotStartWithAKeyOfAnotherCertificate() throws Exception {
        Path other = tls.file("other.pem");
        SelfSignedCertificate.create().writePem(other);

        assertThatThrownBy(() -> Gateway.start(
                        RunningGateway.config("--tls-cert-file", "" + tls.pem(), "--tls-key-file", other.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--tls-key-file: \"" + other + "\": it is not the key of a certificate in ");
    }
}
