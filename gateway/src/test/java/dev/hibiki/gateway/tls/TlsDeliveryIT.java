package dev.hibiki.gateway.tls;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.tls.TlsFixture.CERTIFICATE;
import static dev.hibiki.gateway.tls.TlsFixture.assertReceives;
import static dev.hibiki.gateway.tls.TlsFixture.connect;
import static dev.hibiki.gateway.tls.TlsFixture.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The gateway delivers over TLS to clients that read slowly or not at all, with each engine. Handshakes are in {@link TlsIT}. */
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
final class TlsDeliveryIT {
    private final TlsFixture tls;

    TlsDeliveryIT(TlsEngine engine, @TempDir Path folder) {
        tls = new TlsFixture(engine, folder);
    }

    /** A backlog goes out in writes of many events, and every byte must pass TLS. */
    @Tag("jdk")
    @ParameterizedTest
    @EnumSource
    void shouldDeliverALargeBacklogToSlowReadersOverEveryTransport(Transport transport) throws IOException {
        assumeTrue(transport.unavailability() == null, () -> String.valueOf(transport.unavailability()));
        int events = 800;
        try (RunningGateway gateway = tls.start("--transport", transport.optionName(), "--log-bytes", "64m");
                WebSocketClient slow = connect(gateway, "/", false);
                WebSocketClient deflated = connect(gateway, "/", true);
                WebSocketClient controlled = connect(gateway, "/", true, "hibiki.v1");
                TlsClient stream = new TlsClient(gateway, CERTIFICATE.clientContext(), null);
                WebSocketClient quick = connect(gateway, "/", false)) {
            stream.send("GET /sse HTTP/1.1\nHost: localhost\n\n");
            assertThat(stream.lineWith("retry:")).isNotNull();
            assertThat(controlled.awaitText(PATIENCE)).startsWith("{\"$\":{\"hello\":");
            gateway.awaitConnections(5);
            slow.pauseReading();
            deflated.pauseReading();
            publish(gateway, 0, events);

            assertReceives(quick, events);
            eventually()
                    .untilAsserted(() -> assertThat(gateway.metricSum("hibiki_lag_max_bytes"))
                            .isPositive());
            slow.resumeReading();
            deflated.resumeReading();
            assertReceives(slow, events);
            assertReceives(deflated, events);
            assertReceives(controlled, events);
            for (int i = 0; i < events; i++) {
                assertThat(stream.lineWith("data: "))
                        .isNotNull()
                        .startsWith("data: {\"seq\":" + i + ",")
                        .endsWith("x\",\"id\":\"e" + i + "\"}");
            }
            assertThat(slow.closeNormally().code()).isEqualTo(1000);
            assertThat(deflated.handshake().header("Sec-WebSocket-Extensions")).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCutOffAStalledClientWithoutWaitingForItsTlsClose(Transport transport) {
        assumeTrue(transport.unavailability() == null, () -> String.valueOf(transport.unavailability()));
        try (RunningGateway gateway = tls.start(
                        "--transport", transport.optionName(), "--stall-timeout-ms", "1000", "--lag-policy", "skip");
                WebSocketClient stalled = connect(gateway, "/", false)) {
            stalled.pauseReading();
            publish(gateway, 0, 800);

            gateway.awaitMetric("hibiki_closes_total{reason=\"stalled\"}", 1);
            eventually()
                    .untilAsserted(
                            () -> assertThat(gateway.sessions().openSockets()).isZero());
        }
    }

    @Test
    void shouldCloseAnOverrunClientWith4100AndTheOthersWith1012WhenTheGatewayCloses() {
        try (RunningGateway gateway = tls.start("--log-bytes", "512k");
                WebSocketClient slow = connect(gateway, "/", false);
                WebSocketClient other = connect(gateway, "/?region=JP", false)) {
            slow.pauseReading();
            for (int i = 0; gateway.metric("hibiki_closes_total{reason=\"4100\"}") == 0 && i < 100; i++) {
                publish(gateway, 16 * i, 16 * i + 16);
            }
            slow.resumeReading();
            assertThat(slow.awaitClose(PATIENCE).code()).isEqualTo(4100);

            gateway.gateway().close();
            assertThat(other.awaitClose(PATIENCE).code()).isEqualTo(1012);
        }
    }
}
