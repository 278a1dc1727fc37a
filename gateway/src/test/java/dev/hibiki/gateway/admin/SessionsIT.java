package dev.hibiki.gateway.admin;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** {@code GET /sessions} lists clients on real sockets. */
final class SessionsIT {
    private static final int EVENT_BYTES = 8 << 10;

    /** Parses JSON: an object becomes a map, an array a list. */
    private static Object parse(String text) {
        try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
            return value(json, json.nextToken());
        }
    }

    private static Object value(JsonParser json, JsonToken token) {
        switch (token) {
            case START_OBJECT -> {
                Map<String, Object> object = new LinkedHashMap<>();
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    object.put(json.currentName(), value(json, json.nextToken()));
                }
                return object;
            }
            case START_ARRAY -> {
                List<Object> array = new ArrayList<>();
                JsonToken next;
                while ((next = json.nextToken()) != JsonToken.END_ARRAY) {
                    array.add(value(json, next));
                }
                return array;
            }
            case VALUE_NUMBER_INT -> {
                return json.getLongValue();
            }
            default -> {
                return json.getString();
            }
        }
    }

    private static Object at(Object parsed, Object... path) {
        Object here = parsed;
        for (Object step : path) {
            Object next = step instanceof Integer index ? ((List<?>) here).get(index) : ((Map<?, ?>) here).get(step);
            here = Objects.requireNonNull(next, () -> "nothing at " + step);
        }
        return here;
    }

    private static long number(Object parsed, Object... path) {
        return (Long) at(parsed, path);
    }

    @SuppressWarnings("unchecked") // Names are strings.
    private static Map<String, Object> object(Object parsed, Object... path) {
        return (Map<String, Object>) at(parsed, path);
    }

    private static List<?> sessions(Object listed) {
        return (List<?>) at(listed, "sessions");
    }

    private static Object list(RunningGateway gateway, String query) {
        return parse(gateway.get("/sessions" + query).body());
    }

    private static WebSocketClient connect(RunningGateway gateway, String target, String region, String agent) {
        return WebSocketClient.to(gateway.ws(target))
                .header("X-Region", region)
                .header("User-Agent", agent)
                .receiveBufferBytes(16 << 10)
                .connect();
    }

    /** Connects once the newest session shows an age, so that a listing can tell the two apart. */
    private static WebSocketClient connectLater(RunningGateway gateway, String target, String region, String agent) {
        eventually().until(() -> number(list(gateway, ""), "sessions", 0, "age_ms") > 2);
        return connect(gateway, target, region, agent);
    }

    @ParameterizedTest
    @EnumSource
    void shouldListTheSlowestSessionsFirst(Transport transport) throws Exception {
        assumeTrue(transport.unavailability() == null, () -> String.valueOf(transport.unavailability()));
        try (RunningGateway gateway = RunningGateway.startReady(
                        "--transport", transport.optionName(), "--log-bytes", "64m", "--event-loops", "2");
                WebSocketClient quick = connect(gateway, "/?region=KR", "KR", "Quick\" 1");
                WebSocketClient slow = connectLater(gateway, "/", "JP", "Slow 2");
                RawClient stream = new RawClient(gateway)) {
            stream.send("GET /sse?region=JP&region=KR HTTP/1.1\nHost: a\n\n");
            gateway.awaitConnections(3);
            assertThat(quick.handshake().status()).isEqualTo(101);
            slow.pauseReading();
            int events = 1_000;
            for (byte[] event : Events.large(0, events, EVENT_BYTES)) {
                gateway.post("/publish/" + CHANNEL, new String(event, StandardCharsets.UTF_8));
            }

            eventually()
                    .untilAsserted(() -> assertThat(number(list(gateway, ""), "sessions", 0, "lag_bytes"))
                            .isGreaterThan(1L << 20));
            Object listed = list(gateway, "");
            Map<String, Object> first = object(listed, "sessions", 0);
            assertThat(first)
                    .containsEntry("user_agent", "Slow 2")
                    .containsEntry("kind", "ws")
                    .containsEntry("region", "JP")
                    .containsEntry("channels", List.of(CHANNEL))
                    .containsEntry("regions", List.of())
                    .containsEntry("topics", 1L);
            assertThat((String) first.get("id")).matches("[0-9a-f]{8}");
            assertThat((String) first.get("address")).matches("127\\.0\\.0\\.1:\\d+");
            long lagEvents = number(first, "lag_events");
            long lagBytes = number(first, "lag_bytes");
            assertThat(lagEvents).isBetween(lagBytes / (EVENT_BYTES + 200), lagBytes / (EVENT_BYTES - 200) + 1);
            assertTcpFigures(first, transport);

            assertThat(object(listed, "total", "kinds")).isEqualTo(Map.of("ws", 2L, "sse", 1L));
            assertThat(number(listed, "total", "lag_max_bytes")).isPositive();
            assertThat(sessions(list(gateway, "?region=KR")))
                    .singleElement()
                    .extracting("user_agent", "regions")
                    .containsExactly("Quick\" 1", List.of("KR"));
            assertThat(sessions(list(gateway, "?region=US")))
                    .singleElement()
                    .extracting("kind", "regions", "topics")
                    .containsExactly("sse", List.of("JP", "KR"), 2L);
            assertThat(sessions(list(gateway, "?sort=age&limit=1")))
                    .singleElement()
                    .extracting("region")
                    .isEqualTo("KR");
            assertThat(number(list(gateway, "?limit=1"), "total", "sessions")).isEqualTo(3L);
            assertThat(sessions(list(gateway, "?channel=other"))).isEmpty();
        }
    }

    private static void assertTcpFigures(Map<String, Object> session, Transport transport) {
        if (transport == Transport.NIO) {
            assertThat(session).doesNotContainKeys("rtt_us", "rtt_variance_us", "retransmits", "unacked_segments");
        } else {
            assertThat((Long) session.get("rtt_us")).isBetween(1L, PATIENCE.toNanos() / 1000);
            assertThat(session).containsKeys("rtt_variance_us", "retransmits", "unacked_segments");
        }
    }

    @Test
    void shouldFindTheSlowestOfThousandsOnAllLoops() {
        try (RunningGateway gateway = RunningGateway.startReady("--event-loops", "3");
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/")).connect(1_500, PATIENCE)) {
            gateway.awaitConnections(1_500);

            Object listed = list(gateway, "?limit=700&sort=age");

            assertThat(number(listed, "total", "sessions")).isEqualTo(1_500L);
            List<?> sessions = sessions(listed);
            assertThat(sessions).hasSize(700).extracting("id").doesNotHaveDuplicates();
            assertThat(sessions).extracting("age_ms", Long.class).isSortedAccordingTo((a, b) -> (int) (b - a));
            swarm.closeNormally(0, 1_500);
            gateway.awaitConnections(0);
            assertThat(gateway.get("/sessions").body())
                    .isEqualTo("{\"sessions\":[],\"total\":"
                            + "{\"sessions\":0,\"lag_bytes\":0,\"lag_max_bytes\":0,\"kinds\":{}}}\n");
        }
    }

    @Test
    void shouldHaveTheFieldsThatTheDocumentsShow() throws IOException {
        Matcher example = Pattern.compile("```json\n(\\{\"sessions\".*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "docs", "operating.md")));
        assertThat(example.find()).isTrue();
        Object documented = parse(example.group(1));
        try (RunningGateway gateway = RunningGateway.startReady();
                WebSocketClient client = connect(gateway, "/?region=JP", "JP", "x")) {
            Map<String, Object> session = object(documented, "sessions", 0);
            if (gateway.transport() == Transport.NIO) {
                session.keySet().removeIf(name -> name.matches("rtt.*|retransmits|unacked.*"));
            }
            Object listed = list(gateway, "");

            assertThat(shape(listed)).isEqualTo(shape(documented));
            client.closeNormally();
        }
    }

    /** The names of all fields in order, with the types of their values. */
    private static Object shape(Object parsed) {
        if (parsed instanceof Map<?, ?> object) {
            return object.entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + shape(entry.getValue()))
                    .toList();
        }
        if (parsed instanceof List<?> array) {
            return array.stream().map(SessionsIT::shape).distinct().toList();
        }
        return parsed.getClass().getSimpleName();
    }
}
