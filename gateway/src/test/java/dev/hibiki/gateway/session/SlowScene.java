package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.runtime.TransportChoice;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketClientBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A gateway with clients of all protocols that use the same way to the socket. For each protocol, one client reads slowly
 * and one reads nothing. Confined to the thread of the test.
 */
final class SlowScene implements AutoCloseable {
    private static final int STALL_TIMEOUT_MS = 2_000;
    /** So long that a client that reads nothing is found by the stall timeout before it is found dead. */
    private static final int PING_INTERVAL_MS = 3_000;
    /** For how long a slow client reads: several stall timeouts, and more than the two ping intervals in which a silent client dies. */
    private static final int READING_S = 7;

    /** Far more than the kernel buffers for one client. */
    private static final int BUFFERED_BYTES = 6 << 20;

    private static final int EVENT_BYTES = 60_000;
    private static final int BATCH = 16;
    private static final SelfSignedCertificate CERTIFICATE = SelfSignedCertificate.create();

    /** The ways from a session to its socket. */
    enum Way {
        RING(Transport.IO_URING, "/"),
        SEVERAL(Transport.IO_URING, "/?region=JP&region=KR"),
        EPOLL(Transport.EPOLL, "/"),
        NIO(Transport.NIO, "/"),
        TLS_JDK(TransportChoice.AUTO.resolve(), "/"),
        TLS_OPENSSL(TransportChoice.AUTO.resolve(), "/");

        final Transport transport;
        private final String target;

        Way(Transport transport, String target) {
            this.transport = transport;
            this.target = target;
        }

        private boolean isTls() {
            return this == TLS_JDK || this == TLS_OPENSSL;
        }

        /**
         * How fast a slow client reads. The send buffer of a full socket has about 4 MB, and the kernel says that there is
         * room again when a third of it is free. At 100 KB/s this takes longer than the whole test: there is no partial
         * send, and only the kernel's statistics can tell that the client reads. With NIO there are no statistics, so a
         * client must read a third of the send buffer well within the stall timeout.
         */
        private int bytesPerSecond() {
            return this == NIO ? 2_500_000 : 100_000;
        }

        /** With NIO one write has more bytes than a slow client reads in many stall timeouts, so it is complete much too late. */
        private Stream<String> flags(Path pem) {
            if (isTls()) {
                String engine = this == TLS_JDK ? "jdk" : "openssl";
                return Stream.of("--tls-cert-file", "" + pem, "--tls-key-file", "" + pem, "--tls-engine", engine);
            }
            return this == NIO ? Stream.of("--max-write-bytes", "16m") : Stream.of();
        }
    }

    /** The protocols of the clients. */
    enum Protocol {
        WEBSOCKET,
        HIBIKI_V1,
        EVENT_STREAM
    }

    private final Way way;
    private final RunningGateway gateway;
    private final Map<Protocol, SlowLink> slow = new EnumMap<>(Protocol.class);
    private final List<SlowLink> frozen = new ArrayList<>();
    private final List<WebSocketClient> webSockets = new ArrayList<>();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(CERTIFICATE.clientContext())
            .build();

    /** Starts the gateway and connects the clients. They are quick enough for what they get before {@link #publish}. */
    SlowScene(Way way, Path folder) {
        this.way = way;
        Path pem = folder.resolve(way + ".pem");
        CERTIFICATE.writePem(pem);
        gateway = RunningGateway.startReady(Stream.concat(
                        way.flags(pem),
                        Stream.of(
                                "--transport",
                                way.transport.optionName(),
                                "--stall-timeout-ms",
                                "" + STALL_TIMEOUT_MS,
                                "--ping-interval-ms",
                                "" + PING_INTERVAL_MS,
                                "--log-bytes",
                                "64m",
                                "--lag-policy",
                                "skip"))
                .toArray(String[]::new));
        for (Protocol protocol : Protocol.values()) {
            slow.put(protocol, connect(protocol));
            frozen.add(connect(protocol));
        }
        gateway.awaitConnections(slow.size() + frozen.size());
    }

    private SlowLink connect(Protocol protocol) {
        SlowLink link = SlowLink.to(gateway.gateway().clientPort(), way.bytesPerSecond());
        if (protocol == Protocol.EVENT_STREAM) {
            String address =
                    (way.isTls() ? "https" : "http") + "://127.0.0.1:" + link.port() + "/sse" + way.target.substring(1);
            EventStreamReader stream = EventStreamReader.open(
                    http, HttpRequest.newBuilder(URI.create(address)).build());
            assertThat(stream.next("retry:")).startsWith("retry:");
            return link;
        }
        WebSocketClientBuilder client = WebSocketClient.to("ws://127.0.0.1:" + link.port() + way.target);
        if (way.isTls()) {
            client.tls(CERTIFICATE.clientContext());
        }
        if (protocol == Protocol.HIBIKI_V1) {
            client.subprotocols("hibiki.v1");
        }
        WebSocketClient connected = client.connect();
        webSockets.add(connected);
        if (protocol == Protocol.HIBIKI_V1) {
            assertThat(connected.awaitText(PATIENCE)).startsWith("{\"$\":{\"hello\":");
        }
        return link;
    }

    /**
     * Publishes so much that the socket of each client is full for the whole test, and stops half of the clients then. A
     * client that stops earlier could miss a ping before its socket is full.
     */
    void publish() {
        String text = "x".repeat(EVENT_BYTES);
        String events = IntStream.range(0, BATCH)
                .mapToObj(i -> "{\"region\":\"" + (i % 2 == 0 ? "JP" : "KR") + "\",\"text\":\"" + text + "\"}")
                .collect(Collectors.joining(",", "[", "]"));
        long batches = (targetBytes() + BUFFERED_BYTES) / (BATCH * EVENT_BYTES) + 1;
        for (long i = 0; i < batches; i++) {
            assertThat(gateway.post("/publish/" + CHANNEL, events).statusCode()).isEqualTo(202);
        }
        frozen.forEach(SlowLink::stopReading);
    }

    Collection<SlowLink> slow() {
        return slow.values();
    }

    /** What each slow client has read so far. */
    Map<Protocol, Long> readBytes() {
        Map<Protocol, Long> bytes = new EnumMap<>(Protocol.class);
        slow.forEach((protocol, link) -> bytes.put(protocol, link.carriedBytes()));
        return bytes;
    }

    List<SlowLink> frozen() {
        return frozen;
    }

    /** True while the gateway has a session for this connection. */
    boolean hasSession(SlowLink link) {
        return gateway.get("/sessions").body().contains('"' + link.address() + '"');
    }

    /** What a slow client reads in the time of the test. */
    long targetBytes() {
        return (long) way.bytesPerSecond() * READING_S;
    }

    double closes(String reason) {
        return gateway.metric("hibiki_closes_total{reason=\"" + reason + "\"}");
    }

    @Override
    public void close() {
        webSockets.forEach(WebSocketClient::close);
        slow.values().forEach(SlowLink::close);
        frozen.forEach(SlowLink::close);
        gateway.close();
    }
}
