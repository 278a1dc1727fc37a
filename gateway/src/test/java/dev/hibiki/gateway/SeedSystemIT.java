package dev.hibiki.gateway;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.Frame;
import dev.hibiki.testing.PhpScript;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Hibiki serves the system that it replaces: its PHP publisher, its channel and its plain clients, with only the address of Redis configured. */
@Tag("jdk")
@ExtendWith(RedisExtension.class)
final class SeedSystemIT {
    private static final String PUBLISHER = "scripts/examples/publish.php";

    private final RedisFixture redis;
    private RunningGateway gateway;

    SeedSystemIT(RedisFixture redis) {
        this.redis = redis;
    }

    @BeforeEach
    void start() {
        gateway = RunningGateway.startReady("--redis", redis.uri());
    }

    @AfterEach
    void close() {
        gateway.close();
    }

    @Test
    void shouldSendAnEventFromPhpAsOneTextFrameWithTheSameMeaning() {
        try (WebSocketClient client = gateway.connect("/")) {
            String published = php().get(0);

            Frame frame = client.awaitFrame(PATIENCE);
            assertThat(frame.opcode()).isEqualTo(Frame.TEXT);
            assertThat(frame.fin()).isTrue();
            assertThat(frame.rsv()).isZero();
            Map<String, String> fields = Events.fields(frame.text());
            assertThat(fields).containsKey("id").containsAllEntriesOf(Events.fields(published));
            assertThat(fields).hasSize(1 + Events.fields(published).size());
            assertThat(fields).containsEntry("event", "new_trending").containsEntry("title", "新しい動画");
        }
    }

    @Test
    void shouldSendTitlesAndUrlsUnescapedWhetherPhpEscapedThemOrNot() {
        try (WebSocketClient client = gateway.connect("/")) {
            String published = php("--escaped").get(0);
            assertThat(published).contains("\\u65b0\\u3057\\u3044").contains("https:\\/\\/");

            String text = client.awaitText(PATIENCE);
            assertThat(text).contains("\"title\":\"新しい動画\"").contains("\"thumbnail\":\"https://");
            assertThat(text).doesNotContain("\\");
            assertThat(Events.fields(text)).containsAllEntriesOf(Events.fields(published));
        }
    }

    @Test
    void shouldSendEveryEventOnceToEveryClientOnBothPaths() {
        try (WebSocketClient first = gateway.connect("/");
                WebSocketClient second = gateway.connect("/ws");
                WebSocketClient third = gateway.connect("/?utm_source=x")) {
            List<String> published = php("--count", "20", "--region", "KR");
            redis.publish(CHANNEL, Events.event("JP", 1));

            for (WebSocketClient client : List.of(first, second, third)) {
                assertThat(Stream.generate(() -> client.awaitText(PATIENCE))
                                .limit(20)
                                .map(text -> Events.fields(text).get("video_id")))
                        .containsExactlyElementsOf(published.stream()
                                .map(event -> Events.fields(event).get("video_id"))
                                .toList());
                assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("JP", 1));
            }
        }
    }

    @Test
    void shouldAddAnEmptyTitleWhereItIsMissingAndAUniqueIdToEveryEvent() {
        try (WebSocketClient client = gateway.connect("/")) {
            redis.publish(CHANNEL, "{\"event\":\"new_trending\"}");
            redis.publish(CHANNEL, "{\"event\":\"new_trending\",\"title\":\"이것\"}");

            Map<String, String> untitled = Events.fields(client.awaitText(PATIENCE));
            Map<String, String> titled = Events.fields(client.awaitText(PATIENCE));
            assertThat(untitled).containsEntry("title", "");
            assertThat(titled).containsEntry("title", "이것");
            assertThat(untitled.get("id")).isNotBlank().isNotEqualTo(titled.get("id"));
        }
    }

    @Test
    void shouldLabelConnectionsByXRegionWithoutFilteringTheirEvents() {
        try (WebSocketClient japan = connectFrom("JP");
                WebSocketClient korea = connectFrom("KR");
                WebSocketClient elsewhere = gateway.connect("/")) {
            assertThat(gateway.metric("hibiki_connections{region=\"JP\"}")).isOne();
            assertThat(gateway.metric("hibiki_connections{region=\"KR\"}")).isOne();
            assertThat(gateway.metric("hibiki_connections{region=\"US\"}")).isOne();

            redis.publish(CHANNEL, Events.event("VN", 1));
            for (WebSocketClient client : List.of(japan, korea, elsewhere)) {
                assertThat(client.awaitText(PATIENCE)).isEqualTo(Events.event("VN", 1));
            }

            japan.closeNormally();
            gateway.awaitMetric("hibiki_connections{region=\"JP\"}", 0);
            assertThat(gateway.metric("hibiki_connections{region=\"KR\"}")).isOne();
        }
    }

    private WebSocketClient connectFrom(String region) {
        return WebSocketClient.to(gateway.ws("/")).header("X-Region", region).connect();
    }

    @Test
    void shouldTakeTheAddressesThatTheGatewayTakesAndShowNoPassword(@TempDir Path folder) {
        String socket = folder.resolve("redis.sock").toString();
        try (RedisFixture secured = RedisFixture.startLocal("--requirepass", "p/w#1", "--unixsocket", socket)) {
            String host = "localhost:" + secured.port();
            Map<String, String> answers = Map.of(
                    "redis://p%2Fw%231@" + host + "/2",
                    "0 subscribers heard the last",
                    "redis-socket://default:p%2Fw%231@" + socket,
                    "curl http://localhost:9765/ shows its channels",
                    "redis://:p/w#1@" + host,
                    "write / as %2F",
                    "redis://:wr0ng@" + host,
                    "Redis refuses the user or the password in --redis: WRONGPASS",
                    host,
                    "NOAUTH Authentication required. (expected: redis://:PASSWORD@host:port)",
                    "redis-sentinel://p%2Fw@" + host + "#m",
                    "expected: HOST:PORT, redis://[user:password@]host[:port]");
            answers.forEach((address, answer) -> {
                PhpScript.Result result = script(address);
                assertThat(result.stderr()).contains(answer).doesNotContain("p/w", "p%2Fw", "wr0ng");
                assertThat(result.exitCode()).isEqualTo(result.stdout().isEmpty() ? 2 : 0);
            });
        }
    }

    /** Runs the publisher and returns the events as it published them. */
    private List<String> php(String... options) {
        PhpScript.Result result = script(redis.uri(), options);
        assertThat(result.stderr()).contains("1 subscribers heard the last").doesNotContain("Is a gateway connected");
        assertThat(result.exitCode()).isZero();
        return result.stdout().lines().toList();
    }

    private static PhpScript.Result script(String address, String... options) {
        // Maven runs tests in the folder of the module, an IDE may run them in that of the project.
        Path script = Stream.of(Path.of(PUBLISHER), Path.of("..", PUBLISHER))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
        return PhpScript.at(script).with("HIBIKI_REDIS", address).run(PATIENCE, options);
    }
}
