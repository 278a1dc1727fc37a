package dev.hibiki.gateway.hub.log;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.HandshakeRefusedException;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.WebSocketClient;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients cannot use up the memory of a gateway, and read older events without a copy of a log. */
final class LogMemoryIT {
    private static final String EXTENSIONS = "Sec-WebSocket-Extensions";
    private static final String REFUSED = "hibiki_refused_total{reason=\"log_memory\"}";
    private static final int REGIONS = 30;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final List<WebSocketClient> clients = new ArrayList<>();

    @AfterEach
    void closeClients() {
        clients.forEach(WebSocketClient::close);
    }

    private static void publish(RunningGateway gateway, List<String> events) {
        assertThat(gateway.post("/publish/" + CHANNEL, events.toString()).statusCode())
                .isEqualTo(202);
    }

    private static String regions(String prefix, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "region=" + prefix + i)
                .collect(Collectors.joining("&", "/ws?", ""));
    }

    private WebSocketClient connect(RunningGateway gateway, String target, String extensions) {
        WebSocketClient client = WebSocketClient.to(gateway.ws(target))
                .header(EXTENSIONS, extensions)
                .connect();
        clients.add(client);
        return client;
    }

    /** Each handshake in another format made a copy of each log, which took seconds and gigabytes. */
    @Test
    void shouldMakeNoCopyOfALogForAnyHandshake() {
        try (RunningGateway gateway = RunningGateway.start("--log-bytes", "64k")) {
            for (int region = 0; region < REGIONS; region++) {
                String name = "t" + region;
                publish(
                        gateway,
                        IntStream.range(0, 900)
                                .mapToObj(i -> Events.event(name, i))
                                .toList());
            }
            double before = gateway.metric("hibiki_log_bytes");
            assertThat(before).isGreaterThan(REGIONS * 64.0 * 1024);

            for (int bits = 8; bits <= 15; bits++) {
                connect(gateway, regions("t", REGIONS), "permessage-deflate; server_max_window_bits=" + bits);
            }
            EventStreamReader stream = EventStreamReader.open(
                    HTTP,
                    gateway.clientRequest(regions("t", REGIONS).replace("/ws", "/sse"))
                            .build());
            assertThat(stream.next("id: ")).isEqualTo("id: e899");

            // What was there plus a kilobyte for each new topic.
            assertThat(gateway.metric("hibiki_log_bytes")).isLessThan(before + 4 * REGIONS * 1024.0);
            publish(gateway, List.of(Events.event("t7", 5_000)));
            for (WebSocketClient client : clients) {
                assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("t7", 5_000));
            }
            assertThat(stream.next("data: ")).isEqualTo("data: " + Events.event("t7", 5_000));
        }
    }

    @ParameterizedTest
    @CsvSource({"auto, 1", "auto, 2", "nio, 1", "nio, 2", "epoll, 1"})
    void shouldSendOlderEventsInEachFormatAndThenLiveOnes(String transport, int topics) throws Exception {
        int older = 800;
        int all = 900;
        String query = topics == 1 ? "?last_id=e0" : "?region=JP&region=KR&last_id=e0";
        List<String> events = IntStream.range(0, all)
                .mapToObj(i -> Events.event(i % 2 == 0 ? "JP" : "KR", i))
                .toList();
        try (RunningGateway gateway = RunningGateway.start("--transport", transport)) {
            publish(gateway, events.subList(0, older / 2));
            connect(gateway, "/ws?region=JP", "permessage-deflate"); // Some logs of the format begin in the middle.
            EventStreamReader early = EventStreamReader.open(
                    HTTP, gateway.clientRequest("/sse?region=JP").build());
            assertThat(early.next("retry: ")).isNotEqualTo("null");
            publish(gateway, events.subList(older / 2, older));
            EventStreamReader stream = EventStreamReader.open(
                    HTTP, gateway.clientRequest("/sse" + query).build());
            WebSocketClient deflating = connect(gateway, "/ws" + query, "permessage-deflate");
            WebSocketClient plain = gateway.connect("/ws" + query);
            clients.add(plain);
            for (int i = older; i < all; i++) {
                publish(gateway, List.of(events.get(i)));
            }

            for (int i = 1; i < all; i++) {
                assertThat(stream.next("data: ")).isEqualTo("data: " + events.get(i));
                assertThat(deflating.awaitText(PATIENCE)).isEqualTo(events.get(i));
                assertThat(plain.awaitText(PATIENCE)).isEqualTo(events.get(i));
            }
        }
    }

    @Test
    void shouldRefuseNewClientsWhenTheBudgetIsUsedUpAndServeTheOthers() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--log-memory-bytes", "1m", "--log-bytes", "64k")) {
            WebSocketClient first = WebSocketClient.to(gateway.ws("/"))
                    .subprotocols("hibiki.v1")
                    .connect();
            clients.add(first);
            first.awaitText(PATIENCE);
            HandshakeRefusedException refused = null;
            for (int i = 0; refused == null && i < 100; i++) {
                try {
                    clients.add(gateway.connect(regions("invented" + i + "-", 60)));
                } catch (HandshakeRefusedException e) {
                    refused = e;
                }
            }

            HandshakeResponse answer = Objects.requireNonNull(refused).response();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isPresent();
            assertThat(gateway.metric(REFUSED)).isOne();
            try (WebSocketClient told = WebSocketClient.to(gateway.ws("/"))
                    .subprotocols("hibiki.v1")
                    .connect()) {
                assertThat(told.awaitClose(PATIENCE).code()).isEqualTo(1013);
            }
            EventStreamReader later =
                    EventStreamReader.open(HTTP, gateway.clientRequest("/sse").build());
            assertThat(later.next("end")).isEqualTo("end");
            first.sendText("{\"$\":{\"subscribe\":{\"channel\":\"" + CHANNEL + "\",\"region\":[\"JP\"]}}}");
            assertThat(first.awaitText(PATIENCE)).contains("refused", "memory");

            publish(gateway, List.of(Events.event("JP", 1)));
            assertThat(first.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
            assertThat(gateway.metric("hibiki_log_bytes")).isLessThan(1.2 * gateway.metric("hibiki_log_max_bytes"));
        }
    }
}
