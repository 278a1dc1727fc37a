package dev.hibiki.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.auth.AccessKeys;
import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.TestClient;
import dev.hibiki.gateway.ingress.PublishFailedException;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.options.Secret;
import dev.hibiki.gateway.support.LogCapture;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublishEndpointTest {
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final StubPublisher publisher = new StubPublisher();
    private TestClient client = client(null);

    private static final class StubPublisher implements Publisher {
        private final List<String> published = new ArrayList<>();
        private @Nullable CompletableFuture<List<String>> outcome;

        @Override
        public CompletionStage<List<String>> publish(ChannelSpec owner, String channel, List<Event> events) {
            for (Event event : events) {
                published.add(owner + " " + channel + " " + new String(event.json(), StandardCharsets.UTF_8));
            }
            return outcome != null
                    ? outcome
                    : CompletableFuture.completedFuture(
                            events.stream().map(Event::id).toList());
        }
    }

    private TestClient client(@Nullable String key) {
        ChannelTable channels = new ChannelTable(List.of("ch", "news.*"));
        AccessKeys keys = new AccessKeys(
                "--publish-key",
                "--publish-keys-file",
                key != null,
                key == null ? List.of() : List.of(new Secret(key)));
        AdminAccess access = new AdminAccess(
                keys,
                new AccessKeys("--admin-key", "--admin-key-file", false, List.of()),
                true,
                false,
                new AdminRefusals(metrics));
        EventParser parser = new EventParser(new EventLimits(100, 4), "region", new EventIds("e"));
        return new TestClient(new Router()
                .postUnder(PublishEndpoint.PREFIX, new PublishEndpoint(channels, parser, publisher, metrics, access)));
    }

    @AfterEach
    void close() {
        client.close();
        metrics.close();
    }

    private void requireRefused(TestClient.Answer answer, int status, String error) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo("{\"error\":\"" + error + "\"}\n");
        assertThat(publisher.published).isEmpty();
        assertThat(metrics.scrape()).contains("hibiki_publish_requests_total{status=\"" + status + "\"} 1.0");
    }

    @Test
    void shouldPublishOneEventAndAnswerWithItsId() {
        TestClient.Answer answer = client.post("/publish/ch", "{\"title\":\"\\u65b0\"}");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.body()).isEqualTo("{\"ids\":[\"e-1\"]}\n");
        assertThat(publisher.published).containsExactly("ch ch {\"title\":\"新\",\"id\":\"e-1\"}");
        assertThat(metrics.scrape()).contains("hibiki_publish_requests_total{status=\"202\"} 1.0");
    }

    @Test
    void shouldPublishAnArrayInOrder() {
        TestClient.Answer answer = client.post("/publish/news.jp", "[{\"id\":7},{\"id\":\"x\"},{}]");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.body()).isEqualTo("{\"ids\":[\"7\",\"x\",\"e-1\"]}\n");
        assertThat(publisher.published)
                .containsExactly(
                        "news.* news.jp {\"id\":7,\"title\":\"\"}",
                        "news.* news.jp {\"id\":\"x\",\"title\":\"\"}",
                        "news.* news.jp {\"title\":\"\",\"id\":\"e-1\"}");
    }

    @Test
    void shouldReplaceAnIdWithWhichNoClientCouldComeBackAndCountIt() {
        TestClient.Answer answer = client.post("/publish/ch", "[{\"id\":\"\"},{\"id\":[1]},{\"id\":null}]");

        assertThat(answer.body()).isEqualTo("{\"ids\":[\"e-1\",\"e-2\",\"e-3\"]}\n");
        assertThat(publisher.published).startsWith("ch ch {\"title\":\"\",\"id\":\"e-1\"}");
        assertThat(metrics.scrape()).contains("hibiki_events_replaced_ids_total 2.0");
    }

    @Test
    void shouldAnswerAnEmptyArrayWithNoIds() {
        TestClient.Answer answer = client.post("/publish/ch", "[]");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.body()).isEqualTo("{\"ids\":[]}\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[{},1] | not_object: element 1: an event is a JSON object, this is a number",
                "~~ | not_object: the event is empty (expected: a JSON object; PHP sends nothing when json_encode()"
                        + " returned false: json_last_error_msg() says why)",
                "[{\"a\":[[[[]]]]}] | too_deep: element 0: nested deeper than 4 levels",
                "[{},{\"$\":1}] | reserved_key: element 1: the only key is \\\"$\\\", which marks a control message"
            })
    void shouldRefuseABodyWithAnInvalidEventAndNameTheElement(String body, String error) {
        requireRefused(client.post("/publish/ch", body), 400, error);
        assertThat(metrics.scrape())
                .contains("hibiki_events_rejected_total{channel=\"ch\",reason=\"" + error.replaceFirst(":.*", "")
                        + "\"} 1.0");
    }

    @Test
    void shouldRefuseABodyThatIsNotJson() {
        TestClient.Answer answer = client.post("/publish/ch", "{\"a\":");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).startsWith("{\"error\":\"not_json: ").contains("at byte ");
        assertThat(publisher.published).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'', '', the event", "[, ], element 0"})
    void shouldRefuseAnEventThatIsTooLargeWith413(String before, String after, String what) {
        String body = before + "{\"title\":\"" + "x".repeat(200) + "\"}" + after;

        TestClient.Answer answer = client.post("/publish/ch", body);

        requireRefused(answer, 413, "too_large: " + what + ": 223 bytes (expected: at most 100; --max-event-bytes)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"no", "", "ch/", "CH"})
    void shouldRefuseAnUnknownChannel(String channel) {
        String error = "unknown channel \\\"" + channel + "\\\" (expected: one that --channel names or matches)";
        String hint = channel.equals("no") || channel.isEmpty() ? "" : "; did you mean ch?";

        requireRefused(client.post("/publish/" + channel, "{}"), 404, error + hint);
    }

    @Test
    void shouldRefuseAParameterThatThePublisherBelievesToMeanSomething() {
        String expected = " (expected: no parameters; what clients filter by is a field of the event, as in"
                + " \\\"region\\\":\\\"JP\\\". --routing-field names it)";

        try (LogCapture log = LogCapture.start()) {
            requireRefused(
                    client.post("/publish/ch?region=JP", "{}"), 400, "unknown parameter \\\"region\\\"" + expected);
            assertThat(log.linesWith("Refused to publish"))
                    .singleElement()
                    .asString()
                    .contains("channel=ch", "region");
        }
        assertThat(client.post("/publish/ch?", "{}").status()).isEqualTo(202);
    }

    @Test
    void shouldRefuseAChannelOfMoreThan512Bytes() {
        requireRefused(
                client.post("/publish/" + "x".repeat(513), "{}"),
                400,
                "the name of the channel is too long (expected: at most 512 bytes of UTF-8)");
    }

    @Test
    void shouldLogEveryReasonWhateverFloodOfAnotherThereIs() {
        try (LogCapture log = LogCapture.start()) {
            for (int i = 0; i < 20; i++) {
                client.post("/publish/ch", "no JSON");
            }
            client.post("/publish/ch", "[1]");
            client.post("/publish/other", "{}");

            List<String> lines = log.linesWith("Refused to publish");
            assertThat(lines).hasSizeLessThan(20);
            assertThat(lines.get(lines.size() - 2)).contains("not_object");
            assertThat(lines.get(lines.size() - 1)).contains("unknown channel");
        }
    }

    @Test
    void shouldRequireTheKey() {
        client = client("s3cret");

        TestClient.Answer answer = client.post("/publish/ch", "{}");

        requireRefused(answer, 401, "Authorization: Bearer KEY is missing");
        assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
        assertThat(client.post("/publish/ch", "{}", "Authorization", "Basic czNjcmV0")
                        .status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer wrong", "Bearer s3cret2", "Bearer s3cre", "Bearer s 3cret", "Bearer S3CRET"})
    void shouldRefuseAWrongKey(String authorization) {
        client = client("s3cret");

        TestClient.Answer answer = client.post("/publish/ch", "{}", "Authorization", authorization);

        requireRefused(answer, 401, "wrong publish key");
        assertThat(answer.header("www-authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer s3cret", "bearer s3cret", "BEARER  s3cret"})
    void shouldAcceptTheRightKey(String authorization) {
        client = client("s3cret");

        assertThat(client.post("/publish/ch", "{}", "Authorization", authorization)
                        .status())
                .isEqualTo(202);
    }

    @Test
    void shouldAnswerOnlyOnceTheEventsArePublished() {
        publisher.outcome = new CompletableFuture<>();
        client.channel.writeInbound(TestClient.request(HttpMethod.POST, "/publish/ch", "{}"));
        assertThat(client.answer()).isNull();

        publisher.outcome.complete(List.of("e-1"));
        assertThat(client.answer())
                .isNotNull()
                .extracting(TestClient.Answer::status)
                .isEqualTo(202);
    }

    @Test
    void shouldSayWhichEventsWerePublishedWhenRedisFailsPartWay() {
        publisher.outcome = CompletableFuture.failedFuture(new CompletionException(
                new PublishFailedException(List.of("1", "2"), "connection lost", new IllegalStateException("x"))));

        TestClient.Answer answer = client.post("/publish/ch", "[{\"id\":1},{\"id\":2},{\"id\":3}]");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body())
                .isEqualTo("{\"error\":\"could not publish: connection lost\",\"ids\":[\"1\",\"2\"]}\n");
        assertThat(answer.header("retry-after")).isEqualTo("1");
        assertThat(metrics.scrape()).contains("hibiki_publish_requests_total{status=\"503\"} 1.0");
    }

    @Test
    void shouldSayThatNothingWasPublishedWhenPublishingFails() {
        publisher.outcome = CompletableFuture.failedFuture(new IllegalStateException("no connection"));

        assertThat(client.post("/publish/ch", "{}").body())
                .isEqualTo("{\"error\":\"could not publish: no connection\",\"ids\":[]}\n");
    }
}
