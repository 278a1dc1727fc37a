package dev.hibiki.gateway.redis.stream;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients resume in several streams from one id. */
@ExtendWith(RedisExtension.class)
final class SeveralStreamsIT {
    private final RedisFixture redis;

    SeveralStreamsIT(RedisFixture redis) {
        this.redis = redis;
    }

    private void add(String stream, String id, int number) {
        // A null is no id, so that the event gets that of the entry.
        redis.cli("XADD", stream, id, "data", event("JP", number).replaceFirst("\"id\":\"e\\d+\"", "\"id\":null"));
    }

    private RunningGateway gateway() {
        return RunningGateway.startReady("--redis", redis.uri(), "--source", "streams", "--channel", "b,a");
    }

    private static WebSocketClient resume(RunningGateway gateway, String lastId) {
        return WebSocketClient.to(gateway.ws("/?last_id=" + lastId))
                .subprotocols("hibiki.v1")
                .connect();
    }

    @Test
    void shouldSendTheSecondOfTwoEntriesWithOneId() {
        try (RunningGateway gateway = gateway();
                WebSocketClient plain = gateway.connect("/")) {
            add("a", "2000-0", 1);
            add("b", "2000-0", 2);
            add("a", "3000-0", 3);
            gateway.awaitMetric("hibiki_events_in_total", 3);
            String first = plain.awaitText(PATIENCE);
            try (WebSocketClient client = resume(gateway, "2000-0")) {
                assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
                assertThat(client.awaitText(PATIENCE)).isEqualTo(first);
                assertThat(client.awaitText(PATIENCE)).isEqualTo(plain.awaitText(PATIENCE));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(plain.awaitText(PATIENCE));
            }
        }
    }

    /** Gateways that read them together, or load them, have them in one order, whatever the order of their options. */
    @Test
    void shouldOrderLoadedEntriesWithOneIdByTheirKeys() {
        add("b", "1000-0", 0);
        add("b", "2000-0", 2);
        add("a", "2000-0", 1);
        redis.cli("XADD", "a", "3000-0", "data", event("JP", 3));
        try (RunningGateway gateway = gateway();
                WebSocketClient client = resume(gateway, "2000-0")) {
            assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":1,", "\"id\":\"2000-0\"");
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":2,", "\"id\":\"2000-0\"");
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":3,");
        }
    }

    /** A gateway that reads them live has them in the order of their arrival, one that loads them in that of their ids. */
    @Test
    void shouldSendAnEntryOfTheSameMillisecondThatCameLaterButStandsBefore() {
        add("a", "2000-0", 1);
        add("a", "2000-1", 2);
        add("b", "2000-0", 3);
        add("b", "3000-0", 4);
        try (RunningGateway gateway = gateway();
                WebSocketClient client = resume(gateway, "2000-1")) {
            assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            List<String> texts = new ArrayList<>();
            while (texts.isEmpty() || !texts.get(texts.size() - 1).contains("\"seq\":4,")) {
                texts.add(client.awaitText(PATIENCE));
            }
            assertThat(texts).anyMatch(text -> text.contains("\"seq\":3,"));
        }
    }

    @Test
    void shouldTellAGapWhenTheOtherStreamHadEntriesThatWereNotLoaded() {
        add("a", "1000-0", 1);
        add("a", "2000-0", 2);
        add("b", "1500-0", 3);
        add("a", "3000-0", 4);
        add("b", "4000-0", 5);
        redis.cli("XTRIM", "a", "MAXLEN", "1");
        try (RunningGateway gateway = gateway();
                WebSocketClient before = resume(gateway, "1500-0");
                WebSocketClient after = resume(gateway, "3000-0")) {
            assertThat(before.awaitText(PATIENCE)).contains("\"resume\":\"gap\"");
            assertThat(before.awaitText(PATIENCE)).contains("\"id\":\"4000-0\"");
            assertThat(after.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            assertThat(after.awaitText(PATIENCE)).contains("\"id\":\"4000-0\"");
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }
}
