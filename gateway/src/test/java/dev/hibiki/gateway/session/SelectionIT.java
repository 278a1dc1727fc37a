package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client gets the events of the channels, patterns and regions that it selects. */
@ExtendWith(RedisExtension.class)
final class SelectionIT {
    private final RedisFixture redis;

    SelectionIT(RedisFixture redis) {
        this.redis = redis;
    }

    @Test
    void shouldSendOnlyTheSelectedRegionsInTheOrderOfPublication() {
        try (RunningGateway gateway = gateway(CHANNEL);
                WebSocketClient two = gateway.connect("/?region=JP&region=KR");
                WebSocketClient none = gateway.connect("/?region=");
                WebSocketClient one = gateway.connect("/ws?region=US")) {
            redis.publishAll(
                    CHANNEL,
                    Events.bytes(
                            event("KR", 1),
                            event("US", 2),
                            event("JP", 3),
                            event("JP", 4),
                            event("VN", 5),
                            event("KR", 6),
                            event("US", 7),
                            event("JP", 8)));

            assertThat(sequences(two, 5)).containsExactly(1L, 3L, 4L, 6L, 8L);
            assertThat(sequences(one, 2)).containsExactly(2L, 7L);
            assertThat(sequences(none, 8)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        }
    }

    @Test
    void shouldMergeThousandsOfEventsOfTwoRegionsInOrder() {
        try (RunningGateway gateway = gateway(CHANNEL);
                WebSocketClient client = gateway.connect("/?region=JP&region=KR")) {
            List<String> events = Stream.iterate(0, i -> i + 1)
                    .limit(5_000)
                    .map(i -> event(List.of("JP", "US", "KR", "KR").get(i * 7 % 13 % 4), i))
                    .toList();
            redis.publishAll(CHANNEL, Events.bytes(events.toArray(new String[0])));

            List<String> wanted =
                    events.stream().filter(event -> !event.contains("\"US\"")).toList();
            assertThat(texts(client, wanted.size())).containsExactlyElementsOf(wanted);
        }
    }

    @Test
    void shouldSendOnlyTheSelectedChannelsAndAllByDefault() {
        try (RunningGateway gateway = gateway("news", "sport", "weather");
                WebSocketClient news = gateway.connect("/?channel=news");
                WebSocketClient two = gateway.connect("/?channel=weather&channel=sport");
                WebSocketClient all = gateway.connect("/")) {
            redis.publish("sport", event("JP", 1));
            redis.publish("news", event("JP", 2));
            redis.publish("weather", event("JP", 3));
            redis.publish("news", event("JP", 4));
            redis.publish("sport", event("JP", 5));

            assertThat(sequences(news, 2)).containsExactly(2L, 4L);
            assertThat(sequences(two, 3)).containsExactly(1L, 3L, 5L);
            assertThat(sequences(all, 5)).containsExactly(1L, 2L, 3L, 4L, 5L);
        }
    }

    @Test
    void shouldCountTheSessionsThatReadEachEntry() {
        try (RunningGateway gateway = RunningGateway.start("--channel", "news:*", "--channel", "sport");
                WebSocketClient all = gateway.connect("/");
                WebSocketClient regions = gateway.connect("/?channel=sport&region=JP&region=KR");
                WebSocketClient parts = gateway.connect("/?channel=news:jp&channel=news:kr");
                WebSocketClient changing = WebSocketClient.to(gateway.ws("/?channel=sport"))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            requireReaders(gateway, 2, 3);
            changing.sendText("{\"$\":{\"subscribe\":{\"channel\":\"sport\",\"region\":[\"JP\",\"KR\"]}}}");
            changing.sendText("{\"$\":{\"subscribe\":{\"channel\":\"sport\",\"region\":[\"KR\"]}}}");
            changing.sendText("{\"$\":{\"subscribe\":{\"channel\":\"news:us\"}}}");
            requireReaders(gateway, 3, 3);
            changing.sendText("{\"$\":{\"unsubscribe\":{\"channel\":\"sport\"}}}");
            requireReaders(gateway, 3, 2);
            regions.closeNormally();
            parts.closeNormally();
            requireReaders(gateway, 2, 1);
            all.closeNormally();
            changing.closeNormally();
            requireReaders(gateway, 0, 0);
        }
    }

    private static void requireReaders(RunningGateway gateway, int news, int sport) {
        gateway.awaitMetric("hibiki_subscriptions{channel=\"news:*\"}", news);
        gateway.awaitMetric("hibiki_subscriptions{channel=\"sport\"}", sport);
    }

    @Test
    void shouldNameTheParameterThatWasProbablyMeantAndRefuseNobody() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--channel", CHANNEL);
                WebSocketClient client =
                        gateway.connect("/?regoin=JP&Region=KR&channels=x&lastid=7&t=123&_=9&utm_source=x&token=y")) {
            gateway.post("/publish/" + CHANNEL, event("US", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("US", 1));

            String metric = "hibiki_unknown_parameters_total{meant=\"%s\"}";
            assertThat(gateway.metric(metric.formatted("region"))).isEqualTo(2);
            assertThat(gateway.metric(metric.formatted("channel"))).isOne();
            assertThat(gateway.metric(metric.formatted("last_id"))).isOne();
            assertThat(gateway.metric(metric.formatted("other"))).isEqualTo(4);
            assertThat(log.linesWith("unknown parameter"))
                    .hasSize(4)
                    .anyMatch(line -> line.contains("parameter=regoin meant=region"));
        }
    }

    @Test
    void shouldNameARegionWithAComma() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start()) {
            gateway.connect("/?region=JP,KR").close();
            gateway.connect("/?region=JP&region=KR").close();
            assertThat(log.linesWith("(expected: region=JP&region=KR for two)")).hasSize(1);
        }
    }

    @Test
    void shouldRefuseNobodyForAnUnknownParameterWhateverItHolds() throws IOException {
        String query = "?utm_campaign=50%off&t=%&%zz=1&regio%n=JP&token=%";
        try (RunningGateway gateway = RunningGateway.start();
                RawClient page = new RawClient(gateway);
                RawClient source = new RawClient(gateway)) {
            page.send(RawClient.UPGRADE.replace("/ws", "/ws" + query));
            assertThat(page.read()).startsWith("HTTP/1.1 101 ");
            source.send("GET /sse" + query + " HTTP/1.1\nHost: h\n\n");
            assertThat(source.read()).startsWith("HTTP/1.1 200 ");
            assertThat(gateway.metric("hibiki_unknown_parameters_total{meant=\"other\"}"))
                    .isEqualTo(10);
        }
    }

    @Test
    void shouldRefuseAndNameAnUnknownChannelBeforeTheUpgrade() {
        try (RunningGateway gateway = gateway(CHANNEL, "news:*")) {
            HandshakeResponse response =
                    WebSocketClient.to(gateway.ws("/ws?channel=nwes")).attempt();

            assertThat(response.status()).isEqualTo(404);
            assertThat(response.body()).contains("unknown channel").contains("nwes");
            assertThat(response.header("Sec-WebSocket-Accept")).isEmpty();
            assertThat(gateway.metric("hibiki_handshakes_total{status=\"404\"}"))
                    .isOne();
            assertThat(gateway.connections()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "channel=nwes, 404, unknown_channel, unknown channel",
        "last_id=1&last_id=2&last_id=3, 400, refused, too many last ids",
        "region=a&region=b&region=c, 400, refused, too many topics"
    })
    void shouldTellAClientOfHibikiV1WhyItsQueryIsRefused(String query, int status, String code, String message) {
        try (RunningGateway gateway = RunningGateway.start("--max-topics", "2");
                WebSocketClient client = WebSocketClient.to(gateway.ws("/?" + query))
                        .subprotocols("hibiki.v1")
                        .connect()) {
            assertThat(client.awaitText(PATIENCE)).contains("\"code\":\"" + code + "\"", message);
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(new Closure(4000, "bad request"));
            assertThat(gateway.metric("hibiki_handshakes_total{status=\"" + status + "\"}"))
                    .isOne();
            assertThat(gateway.connections()).isZero();
        }
    }

    @Test
    void shouldSendAllChannelsOfAPatternOrOneOfThem() {
        try (RunningGateway gateway = gateway("news:*", "sport");
                WebSocketClient pattern = gateway.connect("/?channel=news:*");
                WebSocketClient one = gateway.connect("/?channel=news:jp");
                WebSocketClient all = gateway.connect("/")) {
            redis.publish("news:jp", event("JP", 1));
            redis.publish("news:kr", event("KR", 2));
            redis.publish("sport", event("JP", 3));
            redis.publish("news:jp", event("JP", 4));

            assertThat(sequences(pattern, 3)).containsExactly(1L, 2L, 4L);
            assertThat(sequences(one, 2)).containsExactly(1L, 4L);
            assertThat(sequences(all, 4)).containsExactly(1L, 2L, 3L, 4L);
        }
    }

    @Test
    void shouldDeliverAnEventOnceThatRedisSendsForEachOverlappingSubscription() {
        try (RunningGateway gateway = gateway("topvideohub:*", CHANNEL, "*:trending");
                WebSocketClient client = gateway.connect("/")) {
            assertThat(redis.publish(CHANNEL, event("JP", 1))).isEqualTo(3);
            assertThat(redis.publish("topvideohub:live", event("JP", 2))).isEqualTo(1);
            assertThat(redis.publish(CHANNEL, event("JP", 3))).isEqualTo(3);
            redis.publish("other:trending", event("JP", 4));

            assertThat(sequences(client, 4)).containsExactly(1L, 2L, 3L, 4L);
            gateway.awaitMetric("hibiki_events_in_total", 4);
            gateway.awaitMetric("hibiki_events_ignored_total{reason=\"overlapping_pattern\"}", 4);
        }
    }

    @Test
    void shouldDeliverOnceToAClientThatAsksForAPatternAndForAChannelWithinIt() {
        try (RunningGateway gateway = gateway("news:*");
                WebSocketClient client = gateway.connect("/?channel=news:*&channel=news:jp")) {
            redis.publish("news:jp", event("JP", 1));
            redis.publish("news:kr", event("KR", 2));
            redis.publish("news:jp", event("JP", 3));

            assertThat(sequences(client, 3)).containsExactly(1L, 2L, 3L);
        }
    }

    private RunningGateway gateway(String... channels) {
        return RunningGateway.startReady(Stream.concat(
                        Stream.of("--redis", redis.uri()),
                        Stream.of(channels).flatMap(channel -> Stream.of("--channel", channel)))
                .toArray(String[]::new));
    }

    private static List<String> texts(WebSocketClient client, int count) {
        return Stream.generate(() -> client.awaitText(PATIENCE)).limit(count).toList();
    }

    private static List<Long> sequences(WebSocketClient client, int count) {
        return texts(client, count).stream()
                .map(text -> Long.valueOf(Events.fields(text).get("seq")))
                .toList();
    }
}
