package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.event.ContentIds;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients move from one gateway to another on the same Redis. */
@ExtendWith(RedisExtension.class)
final class SeveralGatewaysIT {
    private final RedisFixture redis;

    SeveralGatewaysIT(RedisFixture redis) {
        this.redis = redis;
    }

    private static WebSocketClient connect(RunningGateway gateway, String query) {
        return WebSocketClient.to(gateway.ws("/" + query))
                .subprotocols("hibiki.v1")
                .connect();
    }

    private static String idOf(String event) {
        return event.replaceAll(".*\"id\":\"([^\"]+)\".*", "$1");
    }

    /** An event without an id of its own. */
    private static String event(int number) {
        return "{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"動画\",\"n\":" + number + "}";
    }

    private static void assertNumbers(WebSocketClient client, int from, int to) {
        for (int number = from; number <= to; number++) {
            assertThat(client.awaitText(PATIENCE)).contains("\"n\":" + number + ",");
        }
    }

    private void add(int from, int to) {
        for (int number = from; number <= to; number++) {
            redis.cli("XADD", CHANNEL, "*", "data", event(number));
        }
    }

    @Test
    void shouldLoseNoEventWithStreamsWhenAClientMoves() {
        try (RunningGateway one = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams");
                RunningGateway other = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams");
                WebSocketClient before = connect(one, "?region=JP")) {
            before.awaitText(PATIENCE);
            add(1, 3);
            assertNumbers(before, 1, 2);
            String last = idOf(before.awaitText(PATIENCE));
            before.abort();
            add(4, 6);
            other.awaitMetric("hibiki_events_in_total", 6);
            try (WebSocketClient after = connect(other, "?region=JP&last_id=" + last)) {
                assertThat(after.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
                assertNumbers(after, 4, 6);
                add(7, 7);
                assertNumbers(after, 7, 7);
            }
        }
    }

    @Test
    void shouldResumeOnAGatewayThatHasJustStarted() {
        String last;
        try (RunningGateway one = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams");
                WebSocketClient before = connect(one, "")) {
            before.awaitText(PATIENCE);
            add(1, 1);
            last = idOf(before.awaitText(PATIENCE));
        }
        add(2, 4);
        try (RunningGateway deployed = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams");
                WebSocketClient after = connect(deployed, "?last_id=" + last)) {
            assertThat(after.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            assertNumbers(after, 2, 4);
        }
    }

    @Test
    void shouldLoseNoEventWithPubSubWhenAClientMoves() {
        try (RunningGateway one = RunningGateway.startReady("--redis", redis.uri());
                RunningGateway other = RunningGateway.startReady("--redis", redis.uri(), "--channel", "topvideohub:*");
                WebSocketClient before = connect(one, "?region=JP")) {
            before.awaitText(PATIENCE);
            redis.publish(CHANNEL, event(1));
            String last = idOf(before.awaitText(PATIENCE));
            before.abort();
            redis.publish(CHANNEL, event(2));
            redis.publish(CHANNEL, event(3));
            other.awaitMetric("hibiki_events_in_total", 3);
            try (WebSocketClient after = connect(other, "?region=JP&last_id=" + last)) {
                assertThat(after.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
                assertNumbers(after, 2, 3);
                redis.publish(CHANNEL, event(4));
                assertNumbers(after, 4, 4);
            }
        }
    }

    @Test
    void shouldDeliverBothEventsOfOnePayloadOnEachGatewayWithOneId() {
        try (RunningGateway one = RunningGateway.startReady("--redis", redis.uri());
                RunningGateway other = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient here = one.connect("/");
                WebSocketClient there = other.connect("/")) {
            redis.publish(CHANNEL, event(1));
            redis.publish(CHANNEL, event(1));
            redis.publish(CHANNEL, event(2));

            String first = here.awaitText(PATIENCE);
            assertThat(idOf(first)).isEqualTo(new ContentIds().of(CHANNEL, event(1).getBytes(StandardCharsets.UTF_8)));
            assertThat(here.awaitText(PATIENCE)).isEqualTo(first);
            assertNumbers(here, 2, 2);
            assertThat(there.awaitText(PATIENCE)).isEqualTo(first);
            assertThat(there.awaitText(PATIENCE)).isEqualTo(first);
            assertNumbers(there, 2, 2);
        }
    }

    @Test
    void shouldKeepTheUniqueIdsOfEventsThatCameOverHttpWithPubSub() {
        try (RunningGateway one = RunningGateway.startReady("--redis", redis.uri());
                RunningGateway other = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient client = other.connect("/")) {
            String both = one.post("/publish/" + CHANNEL, "[" + event(1) + "," + event(1) + "]")
                    .body();
            String first = idOf(client.awaitText(PATIENCE));
            String second = idOf(client.awaitText(PATIENCE));

            assertThat(both).isEqualTo("{\"ids\":[\"" + first + "\",\"" + second + "\"]}\n");
            assertThat(first).isNotEqualTo(second);
        }
    }

    @Test
    void shouldReportAGapForAnIdFromBeforeTheStartWithPubSub() {
        try (RunningGateway one = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient before = one.connect("/")) {
            redis.publish(CHANNEL, event(1));
            String last = idOf(before.awaitText(PATIENCE));
            try (RunningGateway started = RunningGateway.startReady("--redis", redis.uri());
                    WebSocketClient after = connect(started, "?last_id=" + last)) {
                assertThat(after.awaitText(PATIENCE)).contains("\"resume\":\"gap\"");
                redis.publish(CHANNEL, event(2));
                assertNumbers(after, 2, 2);
            }
        }
    }

    @Test
    void shouldResumeOnAnyGatewayFromThePublishersIdsWithPubSub() {
        try (RunningGateway one = RunningGateway.startReady("--redis", redis.uri());
                RunningGateway other = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient before = connect(one, "");
                WebSocketClient witness = connect(other, "")) {
            before.awaitText(PATIENCE);
            witness.awaitText(PATIENCE);
            redis.publish(CHANNEL, "{\"id\":\"a\",\"n\":1,\"x\":0}");
            assertNumbers(before, 1, 1);
            before.abort();
            redis.publish(CHANNEL, "{\"id\":\"b\",\"n\":2,\"x\":0}");
            assertNumbers(witness, 1, 2);
            try (WebSocketClient after = connect(other, "?last_id=a")) {
                assertThat(after.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
                assertNumbers(after, 2, 2);
            }
        }
    }
}
