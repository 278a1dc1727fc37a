package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.ApacheFixture;
import dev.hibiki.testing.BrowserFixture;
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
import java.util.stream.IntStream;
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

    /** Thumbnails of events are on other hosts. */
    private static final String NO_OTHER_HOSTS =
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost";

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

    @BeforeAll
    static void start() throws Exception {
        redis = RedisFixture.startLocal();
        pubsub = RunningGateway.startReady("--redis", redis.uri(), "--trusted-proxy", "127.0.0.1");
        streams = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams");
        clients = List.of(pubsub.connect("/"), streams.connect("/"));
        certificate = SelfSignedCertificate.create();
        certificate.writePem(folder.resolve("both.pem"));
        String pem = folder.resolve("both.pem").toString();
        reader = new DocumentReader(
                Files.createDirectory(folder.resolve("clone")),
                Map.ofEntries(
                        Map.entry("6379", "" + redis.port()),
                        Map.entry("8765", "" + pubsub.gateway().clientPort()),
                        Map.entry("9765", "" + pubsub.gateway().adminPort()),
                        Map.entry("8766", "" + pubsub.gateway().clientPort()),
                        Map.entry("9766", "" + pubsub.gateway().adminPort()),
                        Map.entry(
                                "/etc/hibiki/jwt-secret",
                                folder.resolve("jwt-secret").toString()),
                        Map.entry("/etc/hibiki/tls/fullchain.pem", pem),
                        Map.entry("/etc/hibiki/tls/privkey.pem", pem),
                        Map.entry("/etc/letsencrypt/live/example.com/fullchain.pem", pem),
                        Map.entry("/etc/letsencrypt/live/example.com/privkey.pem", pem),
                        Map.entry("/etc/haproxy/hibiki.pem", pem)),
                redis.port());
    }

    @AfterAll
    static void stop() throws Exception {
        reader.close();
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

    /** {@code --print-config} does not need the options to be complete, and prints them only. */
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
        int port = Ports.free();
        String configuration =
                reader.replaced(CodeBlock.only("haproxy")).replace("bind :443", "bind 127.0.0.1:" + port);
        try (HaproxyFixture haproxy = HaproxyFixture.start(configuration, port);
                WebSocketClient client = WebSocketClient.to("wss://localhost:" + port + "/")
                        .tls(certificate.clientContext())
                        .connect()) {
            requireWayThrough(client);
            assertThat(haproxy.output()).doesNotContain("[ALERT]");
        }
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

    /** All scripts run in one page, which comes through the lines for nginx, so that it has the origin of the gateway. */
    @Test
    void shouldShowTitlesInPages() throws Exception {
        List<CodeBlock> scripts = CodeBlock.of("js");
        StringBuilder page = new StringBuilder(
                "<!DOCTYPE html><meta charset=utf-8><link rel=icon href=data:,><script>const titles = {};</script>");
        for (int i = 0; i < scripts.size(); i++) {
            page.append("<script type=module>const toast = (title) => { titles[%d] = title; }, reload = () => {};\n"
                            .formatted(i))
                    .append(reader.replaced(scripts.get(i).text()))
                    .append("</script>");
        }
        reader.write("page.html", page.toString());
        int port = Ports.free();
        String configuration = reader.replaced(CodeBlock.only("nginx"))
                .replace("listen 80;", """
                        listen 127.0.0.1:%d;
                        location = /page.html { root %s; types { text/html html; } }
                        location = /push-token { return 200 token; }
                        """.formatted(port, folder.resolve("clone")));
        try (NginxFixture nginx = NginxFixture.start(configuration, port);
                BrowserFixture browser = BrowserFixture.start("--window-size=1540,1010", NO_OTHER_HOSTS)) {
            String site = "http://127.0.0.1:" + port;
            browser.driver().get(site + "/page.html");
            eventually().untilAsserted(() -> {
                redis.publish(CHANNEL, EVENT);
                Map<?, ?> titles = (Map<?, ?>) browser.driver().executeScript("return titles");
                assertThat(IntStream.range(0, scripts.size())
                                .filter(i -> !"新しい動画".equals(titles.get("" + i)))
                                .mapToObj(scripts::get))
                        .as("Scripts that show no title")
                        .isEmpty();
            });
            assertThat(browser.consoleErrors()).isEmpty();
            requireExamplePage(browser, site);
            drawDemo(browser, site);
            assertThat(nginx.output()).doesNotContain("[crit]", "[alert]");
            browser.driver().get("about:blank");
        }
    }

    private static void requireExamplePage(BrowserFixture browser, String site) throws Exception {
        Path page = Path.of("scripts", "examples", "page.html");
        reader.write("page.html", reader.replaced(Files.readString(GatewayProcess.ROOT.resolve(page))));
        browser.driver().get(site + "/page.html");
        awaitInPage(browser, "return document.getElementById('state').textContent === 'open'");
        reader.shell("php scripts/examples/publish.php --region KR");
        awaitInPage(browser, "return document.getElementById('titles').textContent === '새로운 동영상'");
    }

    /** {@code docs/demo.png} is a copy of this picture. */
    private static void drawDemo(BrowserFixture browser, String site) throws Exception {
        browser.driver().get(site);
        awaitInPage(browser, "return document.getElementById('state').dataset.state === 'open'");
        reader.shell("for region in VN HK KR TW JP; do php scripts/examples/publish.php --region $region; done");
        awaitInPage(
                browser,
                "return document.querySelectorAll('#events li').length === 5 && document.getAnimations()"
                        + ".every(({ effect }) => effect.target.className !== 'toast')");
        browser.screenshot(Path.of("target", "demo.png"));
    }

    private static void awaitInPage(BrowserFixture browser, String script) {
        eventually().until(() -> Boolean.TRUE.equals(browser.driver().executeScript(script)));
    }
}
