package dev.hibiki.gateway.edge;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where a request ends, on both ports: each request is answered once and in order, and nothing that follows one that ends
 * the connection is taken for a request. In each case {@link #LAST} follows in the same write; its answer is 404.
 */
final class RequestBoundariesIT {
    private static final String LAST = "GET /smuggled HTTP/1.1\nHost: localhost\nConnection: close\n\n";
    private static final Pattern STATUS = Pattern.compile("(?m)^HTTP/1\\.1 (\\d{3}) ");

    private static RunningGateway gateway;
    private static WebSocketClient reader;

    @BeforeAll
    static void start() {
        gateway = RunningGateway.start("--max-publish-bytes", "64k");
        reader = gateway.connect("/");
    }

    @AfterAll
    static void stop() {
        reader.close();
        gateway.close(); // Fails when a stack trace was logged.
    }

    private static int port(String name) {
        return name.equals("admin")
                ? gateway.gateway().adminPort()
                : gateway.gateway().clientPort();
    }

    private static String statuses(String answers) {
        return STATUS.matcher(answers).results().map(status -> status.group(1)).collect(Collectors.joining(" "));
    }

    /** The statuses of all answers. Fails when the connection is reset, since a client may lose an answer then. */
    private static String exchange(int port, String request) throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send(request.replace("CHANNEL", CHANNEL) + LAST);
            return statuses(client.readToEnd());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'POST /PATH HTTP/1.1\nHost: localhost\nExpect: cheese\nContent-Length: 65\n\n', 417",
        "'GET / HTTP/1.1\nHost: localhost\nExpect: cheese\n\n', 417",
        "'POST /PATH HTTP/1.1\nHost: localhost\nExpect: 100-continue\nContent-Length: 65537\n\n', 413",
        "'POST /PATH HTTP/1.1\nHost: localhost\nContent-Length: 65537\n\n', 413",
        "'POST /publish/CHANNEL HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\nx\n', 400",
        "'POST /PATH HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\nContent-Length: 5\n\n0\n\n', 400",
        "'POST /PATH HTTP/1.1\nHost: localhost\nTransfer-Encoding: gzip, chunked\n\n0\n\n', 501",
        "'POST /PATH HTTP/1.1\nHost: localhost\nTransfer-Encoding: gzip\n\n', 400",
        "'POST /PATH HTTP/1.0\nTransfer-Encoding: chunked\n\n0\n\n', 400",
        "'POST /PATH HTTP/1.1\nHost: localhost\nContent-Length: 0\nContent-Length: 65\n\n', 400",
        "'POST /PATH HTTP/1.1\nHost: localhost\nContent-Encoding: gzip\nContent-Length: 65\n\n', 415",
        "'GET / HTTP/1.1\n\n', 400",
        "'GET / HTTP/1.1\nHost: localhost\nHost: localhost\n\n', 400",
        "'GET / HTTP/1.1\nHost: localhost\nX : y\n\n', 400",
        "'GET / HTTP/1.1\nHost: localhost\nX: y\n z\n\n', 400",
        "'nonsense\n\n', 400",
        "'PRI * HTTP/2.0\n\nSM\n\n', 505",
        "'GET / HTTP/1.2\nHost: localhost\n\n', 505",
        "'CONNECT localhost:1 HTTP/1.1\nHost: localhost:1\n\n', 501",
        "'GET /LONG HTTP/1.1\nHost: localhost\n\n', 414",
        "'GET / HTTP/1.1\nHost: localhost\nX: LONG\n\n', 431",
        "'POST /PATH HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 0\n\n', 404",
        "'POST /PATH HTTP/1.0\nContent-Length: 0\n\n', 404",
    })
    void shouldReadNothingBehindARequestThatEndsTheConnection(String request, String expected) throws IOException {
        String filled = request.replace("LONG", "x".repeat(9_000));
        assertThat(exchange(port("clients"), filled)).isEqualTo(expected);
        assertThat(exchange(port("admin"), filled)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "clients, 'GET /hibiki.js HTTP/1.1\nHost: localhost\n\n', 200",
        "clients, 'GET http://localhost/hibiki.js HTTP/1.1\nHost: other\n\n', 200",
        "clients, 'HEAD /hibiki.js HTTP/1.0\nConnection: keep-alive\n\n', 200",
        "clients, 'OPTIONS * HTTP/1.1\nHost: localhost\n\n', 204",
        "clients, 'GET /ws HTTP/1.1\nHost: localhost\nContent-Length: 62\n\nREQUEST', 426",
        "clients, 'GET /ws HTTP/1.1\nHost: localhost\nUpgrade: websocket\nContent-Length: 62\n\nREQUEST', 400",
        "clients, 'GET /sse?channel=none HTTP/1.1\nHost: localhost\nContent-Length: 62\n\nREQUEST', 404",
        "clients, 'DELETE /ws HTTP/1.1\nHost: localhost\nContent-Length: 62\n\nREQUEST', 405",
        "clients, 'POST /none HTTP/1.1\nHost: localhost\nContent-Length: 62\n\nREQUEST', 404",
        "clients, 'GET /%zz HTTP/1.1\nHost: localhost\nContent-Length: 62\n\nREQUEST', 400",
        "clients, 'POST /none HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n3e\nREQUEST\n0\nA: b\n\n', 404",
        "clients, 'POST /none HTTP/1.1\nHost: localhost\nExpect: 100-continue\nContent-Length: 62\n\nREQUEST', 100 404",
        "admin, 'GET /healthz HTTP/1.1\nHost: localhost\nContent-Length: 62\n\nREQUEST', 200",
        "admin, 'OPTIONS * HTTP/1.1\nHost: localhost\n\n', 204",
        "admin, 'GET http://localhost/healthz HTTP/1.1\nHost: localhost\n\n', 200",
        "admin, 'POST /publish/none HTTP/1.1\nHost: localhost\nContent-Length: 62\n\nREQUEST', 404",
        "admin, 'POST /publish/CHANNEL HTTP/1.1\nHost: localhost\nContent-Length: 62\n\nREQUEST', 400",
    })
    void shouldReadNoBodyAsARequest(String port, String request, String expected) throws IOException {
        assertThat(exchange(port(port), request.replace("REQUEST", LAST))).isEqualTo(expected + " 404");
    }

    @Test
    void shouldAnswerInOrderAndPublishNothingBehindClose() throws IOException {
        String publish = "POST /publish/CHANNEL HTTP/1.1\nHost: localhost\n%sContent-Length: %d\n\n%s";
        String one = event("JP", 1);
        String two = event("JP", 2);
        String health = "GET /healthz HTTP/1.1\nHost: localhost\n\n";
        assertThat(exchange(port("admin"), publish.formatted("", one.length(), one) + health))
                .isEqualTo("202 200 404");
        assertThat(exchange(
                        port("admin"),
                        publish.formatted("Connection: close\n", two.length(), two)
                                + publish.formatted("", one.length(), one)))
                .isEqualTo("202");
        gateway.post("/publish/" + CHANNEL, event("JP", 3));

        for (int id = 1; id <= 3; id++) {
            assertThat(Events.id(reader.awaitText(PATIENCE))).isEqualTo("e" + id);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clients", "admin"})
    void shouldAnswerAThousandRequestsOfOneWrite(String port) throws IOException {
        String request = "OPTIONS * HTTP/1.1\nHost: localhost\n\n";
        String expected = String.join(" ", Collections.nCopies(1_000, "204")) + " 404";
        assertThat(exchange(port(port), String.join("", Collections.nCopies(1_000, request))))
                .isEqualTo(expected);
    }

    @Test
    void shouldSayWhatA426AndADateMustSay() throws IOException {
        try (RawClient client = new RawClient(gateway)) {
            client.send(RawClient.GET);
            assertThat(client.read())
                    .startsWith("HTTP/1.1 426 ")
                    .containsIgnoringCase("\r\nupgrade: websocket\r\n")
                    .containsIgnoringCase("\r\nconnection: upgrade\r\n")
                    .containsIgnoringCase("\r\nsec-websocket-version: 13\r\n")
                    .containsPattern("(?i)\r\ndate: \\w{3}, ");
            client.send(RawClient.UPGRADE.replace("Version: 13", "Version: 8"));
            assertThat(client.read())
                    .startsWith("HTTP/1.1 426 ")
                    .containsIgnoringCase("\r\nupgrade: websocket\r\n")
                    .containsIgnoringCase("\r\nsec-websocket-version: 13\r\n");
        }
        try (RawClient stream = new RawClient(gateway)) {
            stream.send("GET /sse HTTP/1.1\nHost: localhost\n\n");
            assertThat(stream.read()).startsWith("HTTP/1.1 200 ").containsPattern("(?i)\r\ndate: \\w{3}, ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll", "auto"})
    void shouldLetAClientThatStillSendsReadTheAnswerAndCountItMeanwhile(String transport) throws IOException {
        try (RunningGateway other = RunningGateway.start("--transport", transport, "--event-loops", "1");
                RawClient client = new RawClient(other)) {
            client.send("POST /ws HTTP/1.1\nHost: localhost\nContent-Length: 900000\n\n");
            String answer = client.read();
            assertThat(answer).startsWith("HTTP/1.1 413 ").contains("connection: close\r\n");
            client.send("x".repeat(900_000));
            assertThat(other.metric("hibiki_sockets")).isOne();
            assertThat(client.readToEnd()).isEmpty();
            client.abort();
            other.awaitMetric("hibiki_sockets", 0);
            assertThat(other.metric("hibiki_refused_total{reason=\"request_timeout\"}"))
                    .isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk", "openssl"})
    void shouldDropTheRestBehindTls(String engine, @TempDir Path folder) throws IOException {
        Path pem = folder.resolve("gateway.pem");
        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        certificate.writePem(pem);
        try (RunningGateway other = RunningGateway.start(
                        "--tls-cert-file", pem.toString(), "--tls-key-file", pem.toString(), "--tls-engine", engine);
                SSLSocket socket = (SSLSocket) certificate
                        .clientContext()
                        .getSocketFactory()
                        .createSocket(
                                InetAddress.getLoopbackAddress(),
                                other.gateway().clientPort());
                RawClient plain = new RawClient(other)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            OutputStream out = socket.getOutputStream();
            String request = "POST /ws HTTP/1.1\nHost: localhost\nExpect: cheese\nContent-Length: 900000\n\n" + LAST;
            out.write(request.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[500_000]);
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(statuses(answers)).isEqualTo("417");

            plain.send("POST / HTTP/1.1\nHost: localhost\nContent-Length: 900000\n\n" + LAST);
            plain.send(new byte[500_000]);
            assertThat(statuses(plain.readToEnd())).isEqualTo("400");
        }
    }

    @Test
    void shouldEndWithoutWaitingForAClientThatIsAnswered() throws IOException {
        RunningGateway other = RunningGateway.start();
        try (RawClient client = new RawClient(other)) {
            client.send("nonsense\n\n");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 400 ");
            other.close();
        }
    }

    @Test
    void shouldLogNoStackTraceForAClientThatHangsUp() throws IOException {
        try (LogCapture log = LogCapture.start()) {
            for (String part : new String[] {
                "GET / HT",
                "POST /ws HTTP/1.1\nHost: localhost\nContent-Length: 10\n\n12345",
                "POST /ws HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n5\n123",
                "POST /ws HTTP/1.1\nHost: localhost\nExpect: cheese\nContent-Length: 10\n\n123",
                RawClient.UPGRADE,
                "GET /sse HTTP/1.1\nHost: localhost\n\n"
            }) {
                for (String name : new String[] {"clients", "admin"}) {
                    RawClient polite = new RawClient(port(name));
                    polite.send(part);
                    polite.close();
                    RawClient rude = new RawClient(port(name));
                    rude.send(part);
                    rude.abort();
                }
            }
            gateway.awaitMetric("hibiki_sockets", 1);
            assertThat(log.exceptions()).isEmpty();
        }
    }
}
