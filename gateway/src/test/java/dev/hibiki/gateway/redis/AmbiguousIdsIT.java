package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.http.HttpClient;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Several events have the same id, and clients lose their connections between these events. No event is lost for them. */
@ExtendWith(RedisExtension.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class AmbiguousIdsIT {
    private static final String OTHER = "other";
    private static final String BOTH = "channel=" + CHANNEL + "&channel=" + OTHER;
    private static final int SOCKETS = LongRun.setting("hibiki.ambiguous.sockets", 20, 75);
    private static final int STREAMS = LongRun.setting("hibiki.ambiguous.streams", 20, 50);
    private static final int PAIRS = LongRun.setting("hibiki.ambiguous.pairs", 250, 5_000);
    private static final int PAIRS_PER_SECOND = 100;
    private static final int ONE_DEPARTURE_IN = 40;

    private final RedisFixture redis;

    AmbiguousIdsIT(RedisFixture redis) {
        this.redis = redis;
    }

    private RunningGateway gateway(String source) {
        return RunningGateway.startReady(
                "--redis", redis.uri(), "--source", source, "--channel", CHANNEL, "--channel", OTHER);
    }

    private void add(String key, String id, long sequence) {
        redis.cli("XADD", key, id, "data", Events.withoutId(sequence));
    }

    private static WebSocketClient controlled(RunningGateway gateway, String query) {
        WebSocketClient client = WebSocketClient.to(gateway.ws("/?" + query))
                .subprotocols("hibiki.v1")
                .connect();
        assertThat(client.awaitText(PATIENCE)).contains("\"hello\"");
        return client;
    }

    private static EventStreamReader stream(RunningGateway gateway, HttpClient http, String query, String lastId) {
        return EventStreamReader.open(
                http,
                gateway.clientRequest("/sse?" + query)
                        .header("Last-Event-ID", lastId)
                        .build());
    }

    @Test
    void shouldSendTheEntryOfTheOtherStreamWithTheSameId() {
        try (RunningGateway gateway = gateway("streams")) {
            try (WebSocketClient before = controlled(gateway, BOTH)) {
                add(CHANNEL, "2000-0", 0);
                assertThat(before.awaitText(PATIENCE)).contains("\"id\":\"2000-0\"");
            }
            add(OTHER, "2000-0", 1);
            add(CHANNEL, "2001-0", 2);
            gateway.awaitMetric("hibiki_events_in_total", 3);
            try (WebSocketClient plain = gateway.connect("/?" + BOTH + "&last_id=2000-0");
                    WebSocketClient client = controlled(gateway, BOTH + "&last_id=2000-0")) {
                assertComes(plain, 1);
                assertComes(plain, 2);
                assertComes(client, 1);
                assertComes(client, 2);
                EventStreamReader stream = stream(gateway, HttpClient.newHttpClient(), BOTH, "2000-0");
                assertThat(stream.next("data: {\"seq\":1,")).contains("\"seq\":1,");
                assertThat(stream.next("data: {\"seq\":2,")).contains("\"seq\":2,");
            }
        }
    }

    /** The same payload gives the same id, and an event is not dropped because its id was seen before. */
    @Test
    void shouldSendAnEventOfPubSubThatIsPublishedAgain() {
        try (RunningGateway gateway = gateway("pubsub");
                WebSocketClient stays = controlled(gateway, "")) {
            String id;
            try (WebSocketClient before = controlled(gateway, "")) {
                redis.publish(CHANNEL, Events.withoutId(0));
                id = Events.id(before.awaitText(PATIENCE));
            }
            redis.publish(CHANNEL, Events.withoutId(0));
            redis.publish(CHANNEL, Events.withoutId(1));
            assertComes(stays, 0);
            assertComes(stays, 0);
            assertComes(stays, 1);
            try (WebSocketClient plain = gateway.connect("/?last_id=" + id);
                    WebSocketClient client = controlled(gateway, "last_id=" + id)) {
                assertThat(plain.awaitText(PATIENCE)).contains("\"seq\":0,");
                assertComes(plain, 1);
                assertThat(client.awaitText(PATIENCE)).contains("\"seq\":0,");
                assertComes(client, 1);
                EventStreamReader stream = stream(gateway, HttpClient.newHttpClient(), "", id);
                assertThat(stream.next("data: {\"seq\"")).contains("\"seq\":0,");
                assertThat(stream.next("data: {\"seq\":1,")).contains("\"seq\":1,");
            }
        }
    }

    /** Awaits this event, behind any others. */
    private static void assertComes(WebSocketClient client, long sequence) {
        String text;
        do {
            text = client.awaitText(PATIENCE);
        } while (!text.contains("\"seq\":" + sequence + ","));
    }

    @Test
    void shouldLoseNoneOfThePairsThatATransactionAdds() {
        try (RunningGateway gateway = gateway("streams");
                Crowd crowd = Crowd.on(gateway.gateway().clientPort())
                        .query(BOTH)
                        .leaving(ONE_DEPARTURE_IN)
                        .start(SOCKETS, STREAMS)) {
            crowd.awaitOpen();
            addPairs();
            long last = 2L * PAIRS;
            add(CHANNEL, "*", last);
            crowd.awaitEvent(last);
            assertThat(crowd.all())
                    .filteredOn(check -> check.missing() > 0)
                    .as("clients that lost an event")
                    .isEmpty();
            assertThat(crowd.informed())
                    .filteredOn(check -> check.gaps() > 0)
                    .as("clients with a gap")
                    .isEmpty();
            assertThat(crowd.controlled()).allMatch(check -> check.resumes().size() > 1, "it came back");
        }
    }

    private void addPairs() {
        RedisClient client = RedisClient.create(redis.uri());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            RedisCommands<String, String> commands = connection.sync();
            long dueNs = System.nanoTime();
            for (int pair = 0; pair < PAIRS; pair++) {
                commands.multi();
                commands.xadd(CHANNEL, "data", Events.withoutId(2L * pair));
                commands.xadd(OTHER, "data", Events.withoutId(2L * pair + 1));
                commands.exec();
                dueNs += TimeUnit.SECONDS.toNanos(1) / PAIRS_PER_SECOND;
                LockSupport.parkNanos(dueNs - System.nanoTime());
            }
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }
}
