package dev.hibiki.gateway.tls;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.config.TlsSettings;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts gateways that end TLS with one engine, connects clients to them and checks what these receive. Confined to the thread of the test. */
final class TlsFixture {
    static final SelfSignedCertificate CERTIFICATE = SelfSignedCertificate.create();
    static final int EVENT_BYTES = 8 << 10;
    private static final int BATCH = 20;

    private final TlsEngine engine;
    private final Path pem;

    /** Writes the certificate and its key into one file in this folder. */
    TlsFixture(TlsEngine engine, Path folder) {
        this.engine = engine;
        this.pem = folder.resolve("gateway.pem");
        CERTIFICATE.writePem(pem);
    }

    /** The file of the certificate and its key. */
    Path pem() {
        return pem;
    }

    /** A file in the folder of the certificate. */
    Path file(String name) {
        return pem.resolveSibling(name);
    }

    RunningGateway start(String... flags) {
        return RunningGateway.startReady(withCertificate(flags));
    }

    /** Starts a gateway with these times, which operators cannot set. */
    RunningGateway start(int handshakeTimeoutMs, int reloadIntervalMs) {
        GatewayConfig config = RunningGateway.config(withCertificate());
        RunningGateway gateway = RunningGateway.start(
                with(config, new TlsSettings(pem, pem, handshakeTimeoutMs, reloadIntervalMs, engine)));
        gateway.awaitReady();
        return gateway;
    }

    /** Returns a copy with this component in place of the one of its type. */
    private static GatewayConfig with(GatewayConfig config, TlsSettings component) {
        try {
            List<Class<?>> types = new ArrayList<>();
            List<Object> values = new ArrayList<>();
            for (RecordComponent one : GatewayConfig.class.getRecordComponents()) {
                types.add(one.getType());
                values.add(
                        one.getType().isInstance(component)
                                ? component
                                : one.getAccessor().invoke(config));
            }
            return GatewayConfig.class
                    .getConstructor(types.toArray(new Class<?>[0]))
                    .newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private String[] withCertificate(String... flags) {
        return Stream.concat(
                        Stream.of(
                                "--tls-cert-file", "" + pem, "--tls-key-file", "" + pem, "--tls-engine", engine.name()),
                        Stream.of(flags))
                .toArray(String[]::new);
    }

    static WebSocketClient connect(RunningGateway gateway, String target, boolean deflate, String... subprotocols) {
        var client = WebSocketClient.to(gateway.ws(target))
                .tls(CERTIFICATE.clientContext())
                .receiveBufferBytes(16 << 10);
        if (deflate) {
            client.compress();
        }
        return (subprotocols.length == 0 ? client : client.subprotocols(subprotocols)).connect();
    }

    /** Publishes several events with each request, because single requests would take most of the test's time. */
    static void publish(RunningGateway gateway, int from, int to) {
        for (int first = from; first < to; first += BATCH) {
            String events = Events.large(first, Math.min(to, first + BATCH), EVENT_BYTES).stream()
                    .map(event -> new String(event, StandardCharsets.UTF_8))
                    .collect(Collectors.joining(",", "[", "]"));
            assertThat(gateway.post("/publish/" + CHANNEL, events).statusCode()).isEqualTo(202);
        }
    }

    static void assertReceives(WebSocketClient client, int events) {
        List<Long> received = new ArrayList<>();
        List<Long> expected = new ArrayList<>();
        for (long i = 0; i < events; i++) {
            byte[] text = client.awaitText(PATIENCE).getBytes(StandardCharsets.UTF_8);
            received.add(text.length > EVENT_BYTES ? Events.sequence(text) : -1);
            expected.add(i);
        }
        assertThat(received).isEqualTo(expected);
    }
}
