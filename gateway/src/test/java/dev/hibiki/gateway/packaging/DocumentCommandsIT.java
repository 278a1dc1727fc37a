package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.testing.ApacheFixture;
import dev.hibiki.testing.HaproxyFixture;
import dev.hibiki.testing.NginxFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Every command, program and configuration that the documents show is run, in the order of the document, as a reader would do it.
 * {@link DocumentsTest} knows the blocks that are not run, and why.
 */
final class DocumentCommandsIT {
    private static final String EVENT = "{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"新しい動画\"}";
    /** What publishes an event; each such block must bring one to a client. */
    private static final Pattern PUBLISHES =
            Pattern.compile("redis-cli (PUBLISH|XADD)|/publish/|publish\\(|xAdd\\(|publish\\.php");

    private static final Pattern KEY_AND_VALUE = Pattern.compile("[\\w.-]+ ?= ?\\S.*|\\[\\w+]|#.*|");
    private static final JsonFactory JSON = new JsonFactory();

    @TempDir
    private static Path folder;

    private static RedisFixture redis;
    private static RunningGateway pubsub;
    private static RunningGateway streams;
    private static List<WebSocketClient> clients;
    private static SelfSignedCertificate certificate;
    private static DocumentReader reader;
    private static HaproxyFixture haproxy;
    private static int haproxyPort;

    @BeforeAll
    static void start() throws Exception {
        redis = RedisFixture.startLocal();
        pubsub = RunningGateway.startReady("--redis", redis.uri(), "--trusted-proxy", "127.0.0.1");
        streams = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams");
        clients = List.of(pubsub.connect("/"), streams.connect("/"));
        certificate = SelfSignedCertificate.create();
        certificate.writePem(folder.resolve("both.pem"));
        String pem = folder.resolve("both.pem").toString();
        haproxyPort = Ports.free();
        reader = new DocumentReader(
                Files.createDirectory(folder.resolve("clone")),
                Map.ofEntries(
                        Map.entry("6379", "" + redis.port()),
                        Map.entry("8765", "" + pubsub.gateway().clientPort()),
                        Map.entry("9765", "" + pubsub.gateway().adminPort()),
                        Map.entry("8766", "" + pubsub.gateway().clientPort()),
                        Map.entry("9766", "" + pubsub.gateway().adminPort()),
                        Map.entry("8443", "" + haproxyPort),
                        Map.entry("/usr/lib/hibiki/start", "scripts/run"),
                        Map.entry("/etc/hibiki/hibiki.properties", "scripts/systemd/hibiki.properties"),
                        Map.entry("/etc/hibiki/tls/fullchain.pem", pem),
                        Map.entry("/etc/hibiki/tls/privkey.pem", pem),
                        Map.entry("/etc/letsencrypt/live/example.com/fullchain.pem", pem),
                        Map.entry("/etc/letsencrypt/live/example.com/privkey.pem", pem),
                        Map.entry("crt hibiki.pem", "crt " + pem)),
                redis.port());
        String configuration = reader.replaced(CodeBlock.only("haproxy")).replace("bind :", "bind 127.0.0.1:");
        haproxy = HaproxyFixture.start(configuration, haproxyPort);
    }

    @AfterAll
    static void stop() throws Exception {
        reader.close();
        haproxy.close();
        clients.forEach(WebSocketClient::closeNormally);
        streams.close();
        pubsub.close();
        redis.close();
    }

    static List<Path> documents() {
        return CodeBlock.documents();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void shouldRunEveryCommand(Path document) throws Exception {
        String output = "";
        for (CodeBlock block : CodeBlock.in(document)) {
            if (block.isOutput()) {
                assertThat(output.strip()).as(block.toString()).matches(block.expected());
            } else if (block.runsUntilInterrupted()) {
                reader.shellUntil("new_trending", block.text(), () -> redis.publish(CHANNEL, EVENT));
                forgetEvents();
            } else if (block.isRun()) {
                output = run(block);
            }
        }
    }

    private static String run(CodeBlock block) throws Exception {
        forgetEvents();
        String output = switch (block.kind()) {
            case "sh" -> reader.shell(block.text());
            case "php" -> reader.php(block.text());
            case "python" -> reader.python(block.text());
            case "js node" -> reader.node(block.text());
            default -> check(block);
        };
        reader.takeArguments().forEach(DocumentCommandsIT::requireOptions);
        if (block.kind().matches("sh|php|python|js node")
                && PUBLISHES.matcher(block.text()).find()) {
            requireEvent(block);
        }
        return output;
    }

    /** Checks a block that is not a program. The other tests of this class start proxies and open pages. */
    private static String check(CodeBlock block) throws Exception {
        switch (block.kind()) {
            case "json" -> requireJson(block.text());
            case "go" -> reader.checkGo(block.text());
            case "yaml" -> reader.checkYaml(block.text());
            case "haproxy" -> reader.write("haproxy.cfg", block.text());
            case "properties" -> {
                Path file = reader.write("block.properties", reader.replaced(block.text()));
                requireOptions(List.of("--config", file.toString()));
            }
            case "ini" ->
                assertThat(block.text().lines())
                        .as(block.toString())
                        .allMatch(line -> KEY_AND_VALUE.matcher(line).matches());
            default -> assertThat(DocumentsTest.KINDS).as(block.toString()).contains(block.kind());
        }
        return "";
    }

    /** One object or several. */
    private static void requireJson(String text) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            while (json.nextToken() != null) {
                json.skipChildren();
            }
        }
    }

    /** {@code --print-config} prints the options instead of using them, so it is left out. */
    private static void requireOptions(List<String> arguments) {
        String[] flags = arguments.stream()
                .filter(argument -> !argument.equals("--print-config"))
                .toArray(String[]::new);
        assertThat(RunningGateway.config(flags)).isNotNull();
    }

    /** Compiling the packages of Go takes half a minute on a machine that has not done it yet. */
    @Test
    @Tag("long")
    void shouldPublishFromGo() throws Exception {
        CodeBlock block = CodeBlock.of("go").get(0);
        forgetEvents();
        reader.runGo(block.text());
        requireEvent(block);
    }

    private static void forgetEvents() {
        for (WebSocketClient client : clients) {
            while (client.unread() > 0) {
                client.awaitText(PATIENCE);
            }
        }
    }

    private static void requireEvent(CodeBlock block) {
        eventually()
                .alias("An event of " + block + " arrives")
                .until(() -> clients.stream().anyMatch(client -> client.unread() > 0));
        for (WebSocketClient client : clients) {
            while (client.unread() > 0) {
                assertThat(client.awaitText(PATIENCE)).contains("new_trending");
            }
        }
    }

    private static void requireWayThrough(WebSocketClient client) {
        redis.publish(CHANNEL, EVENT);
        assertThat(client.awaitText(PATIENCE)).contains("新しい動画");
        client.closeNormally();
    }

    @Test
    void shouldServeClientsThroughTheLinesForHaproxy() {
        try (WebSocketClient client = WebSocketClient.to("wss://localhost:" + haproxyPort + "/")
                .tls(certificate.clientContext())
                .connect()) {
            requireWayThrough(client);
            assertThat(haproxy.output()).doesNotContain("[ALERT]");
        }
    }

    @Test
    void shouldMakeThePageOfTheReadmeConnectToHaproxy() throws Exception {
        CodeBlock block = CodeBlock.of("sh").stream()
                .filter(each -> each.text().contains("site/page.html"))
                .findFirst()
                .orElseThrow();
        String command = block.text().replace("mkdir site", "mkdir -p site"); // The document may have been run before.
        String page = reader.shell(command + "cat site/page.html; rm -r site");

        assertThat(page)
                .contains("from 'https://localhost:" + haproxyPort + "/hibiki.js'")
                .contains("new Hibiki('https://localhost:" + haproxyPort + "/'")
                .doesNotContain("http://localhost");
    }

    static List<CodeBlock> apache() {
        return CodeBlock.of("apache");
    }

    @ParameterizedTest
    @MethodSource("apache")
    void shouldServeClientsThroughTheLinesForApache(CodeBlock block) {
        int port = Ports.free();
        String configuration = reader.replaced(block.text()).replace("*:80", "127.0.0.1:" + port);
        try (ApacheFixture apache = ApacheFixture.start(configuration, port);
                WebSocketClient client = WebSocketClient.to("ws://127.0.0.1:" + port + "/ws?region=JP")
                        .from("127.0.0.7")
                        .header("X-Forwarded-For", "192.0.2.1")
                        .connect()) {
            assertThat(pubsub.get("/sessions").body())
                    .contains("\"address\":\"127.0.0.7")
                    .doesNotContain("192.0.2.1");
            EventStreamReader stream = EventStreamReader.open(
                    HttpClient.newHttpClient(),
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/sse?region=JP"))
                            .build());
            assertThat(stream.next("retry: ")).startsWith("retry: ");
            requireWayThrough(client);
            assertThat(stream.next("data: ")).contains("新しい動画");
            assertThat(apache.output()).doesNotContain(":error]", ":crit]");
        }
    }

    /** The pages come through the lines for nginx, so that they have the origin of the gateway. */
    @Test
    void shouldShowTitlesInPages() throws Exception {
        int port = Ports.free();
        String configuration = reader.replaced(CodeBlock.only("nginx"))
                .replace("listen 80;", """
                        listen 127.0.0.1:%d;
                        location = /page.html { root %s; types { text/html html; } }
                        location = /push-token { return 200 token; }
                        """.formatted(port, folder.resolve("clone")));
        try (NginxFixture nginx = NginxFixture.start(configuration, port);
                DocumentPages pages = new DocumentPages(reader, "http://127.0.0.1:" + port)) {
            pages.requireTitlesOfScripts(() -> redis.publish(CHANNEL, EVENT));
            pages.requireTitleInExample();
            pages.drawDemo();
            assertThat(nginx.output()).doesNotContain("[crit]", "[alert]");
        }
    }
}
