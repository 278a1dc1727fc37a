package dev.hibiki.gateway.ingress;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Malformed events from Redis are skipped, counted and logged, and later events arrive. */
@ExtendWith(RedisExtension.class)
final class MalformedEventsIT {
    private static final int MAX_BYTES = 64 << 10;

    static List<Arguments> malformed() {
        return List.of(
                Arguments.of("a word", "not_json", bytes("trending")),
                Arguments.of("a cut object", "not_json", bytes("{\"event\":\"new")),
                Arguments.of("two objects", "not_json", bytes("{\"a\":1}{\"a\":2}")),
                Arguments.of("an array", "not_object", bytes("[{\"event\":\"new_trending\"}]")),
                Arguments.of("a number", "not_object", bytes("42")),
                Arguments.of("null", "not_object", bytes("null")),
                Arguments.of("nothing", "not_object", bytes("")),
                Arguments.of("one byte too many", "too_large", sized(MAX_BYTES + 1)),
                Arguments.of("33 levels", "too_deep", nested(33)),
                Arguments.of("a broken character", "invalid_utf8", broken()),
                Arguments.of("a forged control message", "reserved_key", bytes("{\"$\":{\"bye\":{}}}")));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("malformed")
    void shouldSkipCountAndLogAMalformedEventAndDeliverTheNext(
            String what, String reason, byte[] payload, RedisFixture redis) {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient client = gateway.connect("/")) {
            redis.publishAll(
                    CHANNEL,
                    List.of(
                            Events.bytes(event("JP", 1)).get(0),
                            payload,
                            Events.bytes(event("JP", 2)).get(0)));

            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).as("after " + what).isEqualTo(event("JP", 2));
            assertThat(gateway.metric(
                            "hibiki_events_rejected_total{channel=\"" + CHANNEL + "\",reason=\"" + reason + "\"}"))
                    .isOne();
            assertThat(gateway.metricSum("hibiki_events_rejected_total")).isOne();
            assertThat(log.linesWith("Rejected an event"))
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .startsWith("WARN")
                            .contains(CHANNEL, reason)
                            .hasSizeLessThan(500));
        }
    }

    @Test
    void shouldAcceptEventsAtTheLimits(RedisFixture redis) {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient client = gateway.connect("/")) {
            redis.publish(CHANNEL, sized(MAX_BYTES));
            redis.publish(CHANNEL, nested(32));

            assertThat(client.awaitText(PATIENCE)).hasSizeGreaterThan(MAX_BYTES - 1);
            assertThat(client.awaitText(PATIENCE)).contains("{\"a\":{\"a\":");
        }
    }

    @Test
    void shouldLimitTheLogLinesOfAFloodButCountAllEvents(RedisFixture redis) {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient client = gateway.connect("/")) {
            redis.publishAll(CHANNEL, Collections.nCopies(1_000, bytes("not json")));
            redis.publish(CHANNEL, "42");
            redis.publish(CHANNEL, event("JP", 1));

            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(gateway.metric("hibiki_events_rejected_total{channel=\"" + CHANNEL + "\",reason=\"not_json\"}"))
                    .isEqualTo(1_000);
            assertThat(log.linesWith("Rejected an event"))
                    .hasSizeLessThan(50)
                    .anyMatch(line -> line.contains("not_object"));
        }
    }

    @Test
    void shouldReplaceAndCountLoneSurrogates(RedisFixture redis) {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient client = gateway.connect("/")) {
            redis.publish(CHANNEL, "{\"title\":\"a\\ud83db\\udc4d\",\"pair\":\"\\ud83d\\udc4d\",\"id\":\"1\"}");

            assertThat(client.awaitText(PATIENCE))
                    .isEqualTo("{\"title\":\"a\uFFFDb\uFFFD\",\"pair\":\"👍\",\"id\":\"1\"}");
            gateway.awaitMetric("hibiki_events_replaced_surrogates_total", 2);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] sized(int bytes) {
        String frame = "{\"title\":\"\"}";
        return bytes("{\"title\":\"" + "x".repeat(bytes - frame.length()) + "\"}");
    }

    private static byte[] nested(int levels) {
        return bytes("{\"a\":".repeat(levels - 1) + "{}" + "}".repeat(levels - 1));
    }

    /** The first byte of a two-byte character followed by an ASCII letter. */
    private static byte[] broken() {
        byte[] payload = bytes("{\"title\":\"??\"}");
        payload[10] = (byte) 0xC3;
        return payload;
    }
}
