package dev.hibiki.gateway.admin;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events published over HTTP reach clients, with Redis and without. */
final class HttpPublishIT {
    private static final String PATH = "/publish/" + CHANNEL;
    private static final String UNTITLED = "{\"event\":\"new_trending\",\"region\":\"JP\"}";

    @Nested
    final class WithoutRedis {
        @Test
        void shouldDeliverAnEventWithTheIdOfTheAnswer() {
            try (RunningGateway gateway = RunningGateway.start();
                    WebSocketClient client = gateway.connect("/")) {
                HttpResponse<String> answer = gateway.post(PATH, UNTITLED);

                assertThat(answer.statusCode()).isEqualTo(202);
                assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
                String text = client.awaitText(PATIENCE);
                assertThat(Events.ids(answer.body())).containsExactly(Events.id(text));
                assertThat(Events.fields(text)).containsEntry("title", "");
            }
        }

        @Test
        void shouldDeliverAnArrayInOrderWithTheIdsOfTheAnswer() {
            try (RunningGateway gateway = RunningGateway.start();
                    WebSocketClient client = gateway.connect("/")) {
                HttpResponse<String> answer =
                        gateway.post(PATH, "[" + UNTITLED + "," + event("JP", 7) + "," + UNTITLED + "]");

                List<String> delivered = idsOf(client, 3);
                assertThat(Events.ids(answer.body())).isEqualTo(delivered);
                assertThat(delivered).doesNotHaveDuplicates().contains("e7");
            }
        }

        @Test
        void shouldAnswerAnEmptyArrayWithNoIds() {
            try (RunningGateway gateway = RunningGateway.start()) {
                HttpResponse<String> answer = gateway.post(PATH, "[]");
                assertThat(answer.statusCode()).isEqualTo(202);
                assertThat(Events.ids(answer.body())).isEmpty();
            }
        }

        @Test
        void shouldPublishNothingFromAnArrayWithOneBadElementAndNameTheElement() {
            try (RunningGateway gateway = RunningGateway.start();
                    WebSocketClient client = gateway.connect("/")) {
                HttpResponse<String> answer = gateway.post(PATH, "[" + event("JP", 1) + ",42]");
                assertThat(answer.statusCode()).isEqualTo(400);
                assertThat(answer.body()).contains("not_object: element 1");

                gateway.post(PATH, event("JP", 2));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            }
        }

        @ParameterizedTest(name = "{1} for {0}")
        @CsvSource(delimiter = '|', textBlock = """
                        trending                 | 400 | not_json
                        42                       | 400 | not_object
                        {"$":{"bye":{}}}         | 400 | reserved_key
                        {"a":1} {"a":2}          | 400 | not_json
                        """)
        void shouldAnswerAnInvalidEventWithTheReason(String body, int status, String reason) {
            try (RunningGateway gateway = RunningGateway.start()) {
                HttpResponse<String> answer = gateway.post(PATH, body);
                assertThat(answer.statusCode()).isEqualTo(status);
                assertThat(answer.body()).startsWith("{\"error\":\"" + reason);
                assertThat(gateway.metric(
                                "hibiki_events_rejected_total{channel=\"" + CHANNEL + "\",reason=\"" + reason + "\"}"))
                        .isOne();
            }
        }

        @Test
        void shouldAnswer413ForAnEventOrABodyThatIsTooLarge() {
            try (RunningGateway gateway = RunningGateway.start("--max-publish-bytes", "128k")) {
                HttpResponse<String> event = gateway.post(PATH, "{\"title\":\"" + "x".repeat(64 << 10) + "\"}");
                assertThat(event.statusCode()).isEqualTo(413);
                assertThat(event.body()).contains("too_large");
                assertThat(gateway.post(PATH, "[" + UNTITLED + ",".repeat(128 << 10) + "]")
                                .statusCode())
                        .isEqualTo(413);
                assertThat(gateway.post(PATH, UNTITLED).statusCode()).isEqualTo(202);
            }
        }

        @Test
        void shouldAnswer404ForAnUnknownChannelAnd405ForAnotherMethod() {
            try (RunningGateway gateway = RunningGateway.start("--channel", CHANNEL, "--channel", "news:*")) {
                HttpResponse<String> unknown = gateway.post("/publish/nwes", UNTITLED);
                assertThat(unknown.statusCode()).isEqualTo(404);
                assertThat(unknown.body()).contains("unknown channel").contains("nwes");
                assertThat(gateway.post("/publish/news:jp", UNTITLED).statusCode())
                        .isEqualTo(202);

                HttpResponse<String> put =
                        RunningGateway.send(gateway.adminRequest(PATH).PUT(BodyPublishers.ofString(UNTITLED)));
                assertThat(put.statusCode()).isEqualTo(405);
                assertThat(put.headers().firstValue("Allow")).hasValue("POST");
                assertThat(gateway.get(PATH).statusCode()).isEqualTo(405);
            }
        }

        @Test
        void shouldRefuseToPublishForAPageInABrowser() {
            try (RunningGateway gateway = RunningGateway.start()) {
                assertThat(gateway.post(PATH, UNTITLED, "Origin", "https://evil.example")
                                .statusCode())
                        .isEqualTo(403);
                assertThat(gateway.metric("hibiki_events_in_total")).isZero();
            }
        }
    }

    @Nested
    @ExtendWith(RedisExtension.class)
    final class ThroughRedis {
        @Test
        void shouldReachTheClientsOfEveryGatewayWithTheSameIds(RedisFixture redis) {
            try (RunningGateway here = RunningGateway.startReady("--redis", redis.uri());
                    RunningGateway there = RunningGateway.startReady("--redis", redis.uri());
                    WebSocketClient ours = here.connect("/");
                    WebSocketClient theirs = there.connect("/")) {
                String body = "[" + UNTITLED + "," + event("KR", 5) + "," + UNTITLED + "]";
                HttpResponse<String> answer = here.post(PATH, body);

                assertThat(answer.statusCode()).isEqualTo(202);
                List<String> ids = Events.ids(answer.body());
                assertThat(ids).hasSize(3).doesNotHaveDuplicates();
                assertThat(idsOf(ours, 3)).isEqualTo(ids);
                assertThat(idsOf(theirs, 3)).isEqualTo(ids);
            }
        }

        @Test
        void shouldKeepTheOrderOfConsecutiveRequests(RedisFixture redis) {
            try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                    WebSocketClient client = gateway.connect("/")) {
                List<String> ids = IntStream.range(0, 50)
                        .mapToObj(i -> gateway.post(PATH, event("JP", i)))
                        .flatMap(answer -> Events.ids(answer.body()).stream())
                        .toList();
                assertThat(idsOf(client, 50)).isEqualTo(ids);
            }
        }

        @Test
        void shouldReachOnlyClientsOfTheChannelThatWasPublishedToWithinAPattern(RedisFixture redis) {
            try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri(), "--channel", "news:*");
                    WebSocketClient japan = gateway.connect("/?channel=news:jp")) {
                gateway.post("/publish/news:kr", event("KR", 1));
                gateway.post("/publish/news:jp", event("JP", 2));
                assertThat(japan.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            }
        }

        @Test
        void shouldAnswer503WhileRedisIsDownAndPublishAgainWhenItIsBack(RedisFixture redis) {
            try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                    WebSocketClient client = gateway.connect("/")) {
                assertThat(gateway.post(PATH, event("JP", 1)).statusCode()).isEqualTo(202);
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
                redis.kill();
                gateway.awaitNotReady("no Redis at");

                HttpResponse<String> answer = gateway.post(PATH, event("JP", 2));
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.body()).contains("could not publish: ").contains("\"ids\":[]");

                redis.restart();
                gateway.awaitReady();
                eventually()
                        .untilAsserted(() -> assertThat(
                                        gateway.post(PATH, event("JP", 3)).statusCode())
                                .isEqualTo(202));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 3));
            }
        }
    }

    private static List<String> idsOf(WebSocketClient client, int count) {
        return Stream.generate(() -> Events.id(client.awaitText(PATIENCE)))
                .limit(count)
                .toList();
    }
}
