package dev.hibiki.gateway.ws;

import static dev.hibiki.gateway.ws.TestConnection.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.wire.CloseCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketEndpointTest {
    private final TestConnection connection = new TestConnection();

    @AfterEach
    void close() {
        connection.close();
    }

    private String answer(String request) {
        connection.receive(request);
        return connection.sentText();
    }

    private void requireRefused(String request, String status, String error) {
        String answer = answer(request);
        assertThat(answer).startsWith("HTTP/1.1 " + status).endsWith("{\"error\":\"" + error + "\"}\n");
        assertThat(connection.metrics.scrape())
                .contains("hibiki_handshakes_total{status=\"" + status.substring(0, 3) + "\"} 1.0");
        assertThat(connection.regions.connections()).isZero();
        assertThat(connection.hub.topicCount()).isZero();
    }

    @Test
    void shouldUpgradeAndLeaveNothingOfHttpInThePipeline() {
        assertThat(answer(upgradeRequest("/")))
                .startsWith("HTTP/1.1 101 ")
                .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");

        assertThat(connection.channel.pipeline().toMap()).containsOnlyKeys("session");
        assertThat(connection.metrics.scrape()).contains("hibiki_handshakes_total{status=\"101\"} 1.0");
        assertThat(connection.sessions.openSockets()).isEqualTo(1);
    }

    @Test
    void shouldReadFramesThatArriveInOneSegmentWithTheRequest() {
        byte[] request = upgradeRequest("/").getBytes(StandardCharsets.US_ASCII);
        byte[] ping = TestConnection.ping("early");
        byte[] both = Arrays.copyOf(request, request.length + ping.length);
        System.arraycopy(ping, 0, both, request.length, ping.length);

        connection.receive(both);

        assertThat(connection.sentHex()).endsWith("8a05" + TestConnection.hex("early"));
    }

    @Test
    void shouldLabelTheConnectionByItsRegionHeaderAndNotFilterByIt() {
        assertThat(answer(upgradeRequest("/", "X-Region: JP"))).startsWith("HTTP/1.1 101 ");
        assertThat(connection.regions.of("JP").connections()).isEqualTo(1);

        connection.publish("ch", "{}", "KR");
        connection.channel.runPendingTasks();
        assertThat(connection.sentHex()).isEqualTo(TestConnection.frameHex("{}"));
    }

    @ParameterizedTest
    @CsvSource({
        "/, 1234",
        "/?region=JP, 1",
        "/?region=JP&region=KR, 12",
        "/?channel=other, 4",
        "/?region=, 1234",
        "/?channel=ch&region=KR&x=y, 2",
        "/?channel=%63h, 123",
        "/?region=XX, ''",
        "/?channel=ch&channel=ch, 123"
    })
    void shouldDeliverTheEventsThatTheQuerySelects(String uri, String expected) {
        assertThat(answer(upgradeRequest(uri))).startsWith("HTTP/1.1 101 ");
        connection.publish("ch", "1", "JP");
        connection.publish("ch", "2", "KR");
        connection.publish("ch", "3", null);
        connection.publish("other", "4", "XXX");
        connection.channel.runPendingTasks();

        String frames = expected.chars()
                .mapToObj(c -> TestConnection.frameHex(String.valueOf((char) c)))
                .collect(Collectors.joining());
        assertThat(connection.sentHex()).isEqualTo(frames);
    }

    @Test
    void shouldPassOnRequestsWithoutAnUpgrade() {
        assertThat(answer("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK")
                .endsWith("a page\n");
        assertThat(answer("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"))
                .endsWith("a page\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Sec-WebSocket-Key: " + TestConnection.KEY, "sec-websocket-version: 8", "Origin: a\r\nOrigin: a"
            })
    void shouldRefuseTwoKeysVersionsOrOrigins(String header) {
        assertThat(answer(upgradeRequest("/", header)))
                .startsWith("HTTP/1.1 400 ")
                .contains("more than one ");
        assertThat(connection.regions.connections()).isZero();
    }

    @Test
    void shouldUpgradeWithListsAsConnectionAndUpgrade() {
        String request = upgradeRequest("/")
                .replace("Connection: Upgrade", "Connection: keep-alive, Upgrade")
                .replace("Upgrade: websocket", "Upgrade: h2c, WebSocket");
        assertThat(answer(request)).startsWith("HTTP/1.1 101 ");
    }

    @Test
    void shouldRefuseAnUnknownChannelBeforeTheUpgrade() {
        requireRefused(upgradeRequest("/?channel=ch&channel=no"), "404 Not Found", "unknown channel \\\"no\\\"");
    }

    @Test
    void shouldRefuseTooManyTopics() {
        String query = IntStream.range(0, 33).mapToObj(i -> "region=" + i).collect(Collectors.joining("&"));

        requireRefused(
                upgradeRequest("/?" + query),
                "400 Bad Request",
                "too many topics: 66 (channels times regions; expected: at most 64)");
    }

    @Test
    void shouldRefuseAMalformedQuery() {
        connection.receive(upgradeRequest("/?channel=%zz"));

        assertThat(connection.sentText())
                .startsWith("HTTP/1.1 400 Bad Request")
                .contains("the parameter channel cannot be decoded: a % is ");
    }

    @Test
    void shouldTellAClientOfHibikiV1OfAMalformedQueryAfterTheUpgrade() {
        String malformed = upgradeRequest("/?channel=%zz", "Sec-WebSocket-Protocol: hibiki.v1");

        assertThat(answer(malformed))
                .startsWith("HTTP/1.1 101 ")
                .contains("\"code\":\"refused\",\"message\":\"the parameter channel cannot be decoded: ")
                .endsWith("bad request");
    }

    @Test
    void shouldRefuseAnInvalidHandshakeOfHibikiV1BeforeTheUpgrade() {
        String handshake = upgradeRequest("/", "Sec-WebSocket-Protocol: hibiki.v1");

        assertThat(answer(handshake.replace(TestConnection.KEY, "short"))).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void shouldRefuseAnInvalidKey() {
        requireRefused(
                upgradeRequest("/").replace(TestConnection.KEY, "short"),
                "400 Bad Request",
                "Sec-WebSocket-Key (expected: 16 bytes in base64)");
    }

    @Test
    void shouldRefuseAnotherVersionAndNameTheSupportedOne() {
        String request = upgradeRequest("/").replace("Version: 13", "Version: 8");

        requireRefused(request, "426 Upgrade Required", "Sec-WebSocket-Version (expected: 13)");
        assertThat(answer(request)).contains("sec-websocket-version: 13\r\n");
    }

    @Test
    void shouldRefuseNewClientsWhileTheGatewayCloses() {
        connection.sessions.endAll(CloseCode.GOING_AWAY);

        requireRefused(upgradeRequest("/"), "503 Service Unavailable", "the gateway is shutting down");
    }
}
