package dev.hibiki.gateway.ws;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.BrowserFixture;
import dev.hibiki.testing.Frame;
import dev.hibiki.testing.StreamDigest;
import dev.hibiki.testing.SwarmReport;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Permessage-deflate works with clients and a real browser. */
@Tag("jdk")
final class DeflateIT {
    private static final String EXTENSIONS = "Sec-WebSocket-Extensions";
    private static final String AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    private static final String DEFLATED_HANDSHAKES = "hibiki_handshakes_deflated_total";
    private static final String TITLE = "新しい動画 실시간 인기 正在流行 Thịnh hành ";

    private RunningGateway gateway = RunningGateway.startReady();

    @AfterEach
    void close() {
        gateway.close();
    }

    private static String event(int sequence, int titles) {
        return "{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"" + TITLE.repeat(titles) + "\",\"seq\":"
                + sequence + ",\"id\":\"e" + sequence + "\"}";
    }

    private void publish(String... events) {
        assertThat(gateway.post("/publish/" + CHANNEL, '[' + String.join(",", events) + ']')
                        .statusCode())
                .isEqualTo(202);
    }

    @Test
    void shouldDeflateOnlyForClientsThatOfferIt() {
        try (WebSocketClient deflating =
                        WebSocketClient.to(gateway.ws("/")).compress().connect();
                WebSocketClient plain = gateway.connect("/")) {
            assertThat(deflating.handshake().header(EXTENSIONS)).hasValue(AGREED);
            assertThat(plain.handshake().header(EXTENSIONS)).isEmpty();
            publish(event(1, 20), event(2, 20), event(3, 1));

            Frame frame = deflating.awaitFrame(PATIENCE);
            assertThat(frame.rsv()).isEqualTo(Frame.RSV1);
            assertThat(frame.payload()).hasSizeLessThan(event(1, 20).getBytes(StandardCharsets.UTF_8).length / 4);
            assertThat(deflating.awaitText(PATIENCE)).isEqualTo(event(2, 20));
            assertThat(deflating.awaitFrame(PATIENCE).rsv()).isZero();
            for (int i = 1; i <= 3; i++) {
                assertThat(plain.awaitText(PATIENCE)).isEqualTo(event(i, i == 3 ? 1 : 20));
            }
            assertThat(gateway.metric(DEFLATED_HANDSHAKES)).isOne();
        }
    }

    @Test
    void shouldKeepTheWindowOfTheClient() {
        try (WebSocketClient client = WebSocketClient.to(gateway.ws("/"))
                .header(EXTENSIONS, "permessage-deflate; server_max_window_bits=13")
                .connect()) {
            assertThat(client.handshake().header(EXTENSIONS)).hasValue(AGREED + "; server_max_window_bits=12");
            publish(event(1, 5), event(2, 100));

            assertThat(client.awaitFrame(PATIENCE).rsv()).isEqualTo(Frame.RSV1);
            assertThat(client.awaitFrame(PATIENCE).text()).isEqualTo(event(2, 100));
        }
    }

    @Test
    void shouldSendTheSameEventsDeflatedOrNot() {
        List<String> events =
                IntStream.range(0, 300).mapToObj(i -> event(i, 1 + i % 40)).toList();
        long expected = StreamDigest.of(Events.bytes(events.toArray(String[]::new)));
        try (WebSocketSwarm deflating = WebSocketSwarm.to(gateway.ws("/"))
                        .header(EXTENSIONS, "permessage-deflate")
                        .sequence(Events::sequence)
                        .connect(200, PATIENCE);
                WebSocketSwarm small = WebSocketSwarm.to(gateway.ws("/?region=JP"))
                        .header(EXTENSIONS, "permessage-deflate; server_max_window_bits=12")
                        .sequence(Events::sequence)
                        .connect(50, PATIENCE);
                WebSocketSwarm plain = WebSocketSwarm.to(gateway.ws("/"))
                        .sequence(Events::sequence)
                        .connect(50, PATIENCE)) {
            publish(events.toArray(String[]::new));

            for (WebSocketSwarm swarm : List.of(deflating, small, plain)) {
                swarm.awaitMessages(events.size(), PATIENCE);
                assertThat(swarm.reports())
                        .allSatisfy(report -> assertThat(report.digest()).isEqualTo(expected))
                        .extracting(SwarmReport::missing, SwarmReport::duplicates, SwarmReport::reordered)
                        .containsOnly(tuple(0L, 0L, 0L));
            }
        }
    }

    @Test
    void shouldResumeForADeflatingClient() {
        publish(event(1, 20), event(2, 20), event(3, 20));
        try (WebSocketClient client =
                WebSocketClient.to(gateway.ws("/?last_id=e1")).compress().connect()) {
            publish(event(4, 20));

            for (int i = 2; i <= 4; i++) {
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event(i, 20));
            }
        }
    }

    @Test
    void shouldDeclineTheOfferWhenDeflateIsDisabled() {
        gateway.close();
        gateway = RunningGateway.startReady("--deflate", "false");
        try (WebSocketClient client =
                WebSocketClient.to(gateway.ws("/")).compress().connect()) {
            assertThat(client.handshake().header(EXTENSIONS)).isEmpty();
            publish(event(1, 20));

            assertThat(client.awaitText(PATIENCE)).isEqualTo(event(1, 20));
            assertThat(gateway.metric(DEFLATED_HANDSHAKES)).isZero();
        }
    }

    @Test
    void shouldExchangeDeflatedMessagesWithABrowser() {
        String longRegion =
                IntStream.range(0, 20).mapToObj(i -> "\"r" + i + '"').collect(Collectors.joining(","));
        String subscribe =
                "{\"$\":{\"subscribe\":{\"channel\":\"" + CHANNEL + "\",\"region\":[\"JP\"," + longRegion + "]}}}";
        try (BrowserFixture browser = BrowserFixture.start()) {
            browser.driver().get("http://127.0.0.1:" + gateway.gateway().clientPort() + "/style.css");
            browser.driver().executeScript("""
                    window.received = [];
                    window.socket = new WebSocket('ws://' + location.host + '/?region=none', 'hibiki.v1');
                    socket.onopen = () => socket.send(arguments0);
                    socket.onmessage = (message) => received.push(message.data);
                    """.replace("arguments0", '\'' + subscribe + '\''));
            await().atMost(PATIENCE).until(() -> received(browser).size() == 2);
            publish(event(1, 20), event(2, 20));
            await().atMost(PATIENCE).until(() -> received(browser).size() == 4);

            assertThat(browser.driver().executeScript("return socket.extensions"))
                    .isEqualTo(AGREED);
            assertThat(received(browser).get(1)).startsWith("{\"$\":{\"subscribed\":");
            assertThat(received(browser).subList(2, 4)).containsExactly(event(1, 20), event(2, 20));
            assertThat(gateway.metric(DEFLATED_HANDSHAKES)).isOne();
            assertThat(gateway.metric("hibiki_delivered_bytes_total"))
                    .isPositive()
                    .isLessThan(event(1, 20).getBytes(StandardCharsets.UTF_8).length);
            assertThat(browser.driver().executeScript("return socket.readyState"))
                    .isEqualTo(1L);
        }
    }

    private static List<String> received(BrowserFixture browser) {
        List<?> received = (List<?>) browser.driver().executeScript("return window.received");
        return received == null
                ? List.of()
                : received.stream().map(String::valueOf).toList();
    }
}
