package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.TcpProxy;
import dev.hibiki.testing.WebSocketClient;
import java.net.http.HttpClient;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients come to a gateway on Redis Streams with the id of an entry that it has not read yet, or that it will never read. */
@ExtendWith(RedisExtension.class)
final class UnreadIdsIT {
    private static final int SOCKETS = 10;
    private static final int STREAMS = 10;
    private static final String OTHER = "other";

    private final RedisFixture redis;
    /** The second gateway reads Redis through this, and is behind while it holds the answers back. */
    private TcpProxy delay;
    /** The clients reach a gateway through this. */
    private TcpProxy door;

    private RunningGateway first;
    private RunningGateway second;

    UnreadIdsIT(RedisFixture redis) {
        this.redis = redis;
    }

    @BeforeEach
    void start() {
        delay = TcpProxy.to(redis.port());
        first = gateway(redis.port());
        second = gateway(delay.port());
        door = TcpProxy.to(first.gateway().clientPort());
    }

    @AfterEach
    void stop() {
        delay.release();
        second.close();
        first.close();
        door.close();
        delay.close();
    }

    private static RunningGateway gateway(int redisPort) {
        return RunningGateway.startReady(
                "--redis",
                "redis://127.0.0.1:" + redisPort,
                "--source",
                "streams",
                "--channel",
                CHANNEL,
                "--channel",
                OTHER);
    }

    private void add(String key, String id, long sequence) {
        redis.cli("XADD", key, id, "data", Events.withoutId(sequence));
    }

    private void addAll(String key, long from, long to) {
        for (long sequence = from; sequence < to; sequence++) {
            add(key, "*", sequence);
        }
    }

    /** Moves all clients to the second gateway, and waits until it has let them in. */
    private void moveAll(Crowd crowd) {
        door.leadTo(second.gateway().clientPort());
        crowd.abortAll();
        eventually().until(() -> second.connections() == crowd.size());
    }

    @Test
    void shouldSkipUpToAnEntryThatIsStillToBeRead() {
        try (Crowd crowd = Crowd.on(door.port()).query("channel=" + CHANNEL).start(SOCKETS, STREAMS)) {
            eventually().until(() -> first.connections() == crowd.size());
            addAll(CHANNEL, 0, 5);
            second.awaitMetric("hibiki_events_in_total", 5);
            delay.hold();
            addAll(CHANNEL, 5, 20);
            crowd.awaitEvent(19);
            moveAll(crowd);
            delay.release();
            addAll(CHANNEL, 20, 25);
            crowd.awaitEvent(24);
            assertThat(crowd.all())
                    .allMatch(check -> check.first() == 0 && check.missing() == 0, "nothing is lost")
                    .filteredOn(check -> check.doubled() + check.gaps() > 0)
                    .as("clients with an event twice, or a gap")
                    .isEmpty();
            assertThat(crowd.controlled())
                    .allMatch(check ->
                            check.resumes().get(check.resumes().size() - 1).equals("ok"));
        }
    }

    @Test
    void shouldSkipNothingWhenAClientReadsSeveralStreams() {
        try (Crowd crowd = Crowd.on(door.port())
                .query("channel=" + CHANNEL + "&channel=" + OTHER)
                .start(SOCKETS, STREAMS)) {
            eventually().until(() -> first.connections() == crowd.size());
            add(OTHER, "*", 0);
            add(CHANNEL, "*", 1);
            second.awaitMetric("hibiki_events_in_total", 2);
            delay.hold();
            for (long sequence = 2; sequence < 20; sequence += 2) {
                add(OTHER, "*", sequence);
                add(CHANNEL, "*", sequence + 1);
            }
            crowd.awaitEvent(19);
            moveAll(crowd);
            delay.release();
            addAll(OTHER, 20, 23);
            addAll(CHANNEL, 23, 25);
            crowd.awaitEvent(24);
            eventually()
                    .untilAsserted(() -> assertThat(crowd.all())
                            .filteredOn(check -> check.missing() > 0)
                            .as("clients that lost an event")
                            .isEmpty());
        }
    }

    @Test
    void shouldTellAGapWhenTheStreamWasMadeAnewBeforeTheEntryWasRead() {
        try (Crowd crowd = Crowd.on(door.port()).query("channel=" + CHANNEL).start(SOCKETS, STREAMS)) {
            eventually().until(() -> first.connections() == crowd.size());
            addAll(CHANNEL, 0, 5);
            second.awaitMetric("hibiki_events_in_total", 5);
            delay.hold();
            addAll(CHANNEL, 5, 10);
            crowd.awaitEvent(9);
            moveAll(crowd);
            redis.cli("DEL", CHANNEL);
            add(CHANNEL, "10-0", 100);
            delay.release();
            second.awaitMetric("hibiki_gaps_total{channel=\"" + CHANNEL + "\"}", 1);
            add(CHANNEL, "11-0", 101);
            crowd.awaitEvent(101);
            assertThat(crowd.informed())
                    .allMatch(check -> check.gaps() > 0)
                    .as("clients that were not told of the gap in its place")
                    .allMatch(check -> check.unreported(Set.of()).isEmpty());
        }
    }

    /** An id that was invented, and one of the stream before it was made anew. */
    @ParameterizedTest
    @ValueSource(strings = {"9999999999999-0", "9999999999999999-5", "18446744073709551615-18446744073709551615"})
    void shouldSoonTellAGapForAnEntryThatIsBeyondTheEndOfTheStream(String id) {
        add(CHANNEL, "*", 0);
        second.awaitMetric("hibiki_events_in_total", 1);
        HttpClient http = HttpClient.newHttpClient();
        EventStreamReader stream = EventStreamReader.open(
                http,
                second.clientRequest("/sse?channel=" + CHANNEL)
                        .header("Last-Event-ID", id)
                        .build());
        try (WebSocketClient client = WebSocketClient.to(second.ws("/?channel=" + CHANNEL + "&last_id=" + id))
                        .subprotocols("hibiki.v1")
                        .connect();
                WebSocketClient plain = second.connect("/?channel=" + CHANNEL + "&last_id=" + id)) {
            assertThat(stream.next("HTTP")).endsWith(" 200");
            String told = client.awaitText(PATIENCE);
            assertThat(told.contains("\"resume\":\"gap\"") ? told : client.awaitText(PATIENCE))
                    .contains("gap");
            assertThat(stream.next("event: ")).isEqualTo("event: gap");
            add(CHANNEL, "*", 1);
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":1,");
            assertThat(plain.awaitText(PATIENCE)).contains("\"seq\":1,");
            assertThat(stream.next("data: {\"seq")).contains("\"seq\":1,");
        }
    }

    @Test
    void shouldTellAGapForAnEntryOfTheStreamBeforeItWasMadeAnew() {
        add(CHANNEL, "5000-0", 0);
        first.awaitMetric("hibiki_events_in_total", 1);
        try (WebSocketClient before = first.connect("/")) {
            add(CHANNEL, "5001-0", 1);
            assertThat(before.awaitText(PATIENCE)).contains("\"id\":\"5001-0\"");
        }
        redis.cli("DEL", CHANNEL);
        add(CHANNEL, "10-0", 2);
        try (RunningGateway third = gateway(redis.port());
                WebSocketClient client = WebSocketClient.to(third.ws("/?channel=" + CHANNEL + "&last_id=5001-0"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            String told = client.awaitText(PATIENCE);
            assertThat(told.contains("\"resume\":\"gap\"") ? told : client.awaitText(PATIENCE))
                    .contains("gap");
            add(CHANNEL, "11-0", 3);
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":3,");
        }
    }

    /** The clock of Redis, or of the publisher that makes the ids, need not be that of the gateway. */
    @ParameterizedTest
    @ValueSource(strings = {"5", "1000000000000"})
    void shouldResumeFromEntriesWhoseIdsAreNoTimesOfToday(String millis) {
        for (int sequence = 0; sequence < 4; sequence++) {
            add(CHANNEL, millis + "-" + (sequence + 1), sequence);
        }
        try (RunningGateway third = gateway(redis.port());
                WebSocketClient client = WebSocketClient.to(third.ws("/?last_id=" + millis + "-2"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":2,");
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":3,");
        }
    }
}
